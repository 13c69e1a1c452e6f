"""Addresses of the policies."""

from django.urls import path

from shop.doors.policies.views import Acceptance, Policies

urlpatterns = [
    path("policies/", Policies.as_view({"get": "list"})),
    path("policies/accept/", Acceptance.as_view()),
    path("policies/<slug:code>/", Policies.as_view({"get": "retrieve"})),
]
