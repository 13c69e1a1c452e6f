"""Addresses of the catalogue's own pages."""

from django.urls import path

from catalog.desk import analysis, writing

app_name = "catalogue"
urlpatterns = [
    path("revisions/<int:pk>/write/", writing.page, name="write"),
    path("why-off-sale/", analysis.page, name="why_off_sale"),
]
