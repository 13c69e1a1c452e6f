"""Addresses of the event intake."""

from django.urls import path

from analytics.api.views import Events

urlpatterns = [path("events/", Events.as_view())]
