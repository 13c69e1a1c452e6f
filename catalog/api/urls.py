"""Addresses of the storefront."""

from django.urls import path

from catalog.api.views import Brands, Categories, Products

urlpatterns = [
    path("products/", Products.as_view({"get": "list"})),
    path("products/<int:pk>/", Products.as_view({"get": "retrieve"})),
    path("categories/", Categories.as_view({"get": "list"})),
    path("brands/", Brands.as_view({"get": "list"})),
]
