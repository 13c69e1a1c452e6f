"""Addresses of sheets and of the editor of forms."""

from django.urls import path

from shop.doors.forms import editor, pages

app_name = "sheets"
urlpatterns = [
    path("", pages.home, name="home"),
    path("<int:pk>/", pages.fill, name="fill"),
    path("<int:pk>/answer/", pages.answer, name="answer"),
    path("forms/<int:pk>/edit/", editor.page, name="edit"),
]
