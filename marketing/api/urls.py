"""Addresses of the shop front."""

from django.urls import path

from marketing.api.views import Home, MyMembership

urlpatterns = [
    path("home/", Home.as_view({"get": "list"})),
    path("membership/", MyMembership.as_view()),
]
