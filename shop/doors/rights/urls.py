"""Addresses of customers' rights."""

from django.urls import path

from shop.doors.rights.views import CallOff, Copies, CopyFile, CopyLink, Erasure

urlpatterns = [
    path("me/export/", Copies.as_view()),
    path("me/export/<int:pk>/link/", CopyLink.as_view()),
    path("copies/<str:token>/", CopyFile.as_view(), name="copy"),
    path("me/erasure/", Erasure.as_view()),
    path("me/erasure/call-off/", CallOff.as_view()),
]
