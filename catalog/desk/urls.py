"""Addresses of the catalogue's own pages."""

from django.urls import path

from catalog.desk import writing

app_name = "catalogue"
urlpatterns = [path("revisions/<int:pk>/write/", writing.page, name="write")]
