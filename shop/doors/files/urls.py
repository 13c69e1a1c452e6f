"""Addresses of files for customers."""

from django.urls import path

from shop.doors.files.views import Pictures, Upload

urlpatterns = [
    path("uploads/", Pictures.as_view()),
    path("uploads/<int:pk>/", Upload.as_view()),
]
