"""Addresses of the desks."""

from django.urls import path

from shop.doors.desk import enrolment, team, views

app_name = "desk"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("cards/", views.cards, name="cards"),
    path("enrol/", enrolment.enrol, name="enrol"),
    path("team/", team.team, name="team"),
    path("team/rows/", team.rows, name="team_rows"),
    path("act/<str:name>/<str:pk>/", views.act, name="act"),
    path("<slug:code>/", views.queue, name="queue"),
    path("<slug:code>/rows/", views.rows, name="rows"),
]
