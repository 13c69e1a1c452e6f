"""The address of the licences."""

from django.urls import path

from shop.doors.papers.views import Licences

urlpatterns = [path("licences/", Licences.as_view({"get": "list"}))]
