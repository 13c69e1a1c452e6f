"""Addresses of the desks."""

from django.urls import path

from shop.doors.desk import enrolment, inbox, views

app_name = "desk"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("cards/", views.cards, name="cards"),
    path("enrol/", enrolment.enrol, name="enrol"),
    path("act/<str:name>/<str:pk>/", views.act, name="act"),
    path("bell/", inbox.bell, name="bell"),
    path("notices/", inbox.page, name="inbox"),
    path("notices/rows/", inbox.rows, name="inbox_rows"),
    path("notices/all-read/", inbox.all_read, name="all_read"),
    path("notices/preferences/", inbox.wishes, name="wishes"),
    path("<slug:code>/", views.queue, name="queue"),
    path("<slug:code>/rows/", views.rows, name="rows"),
]
