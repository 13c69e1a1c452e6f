"""Addresses of the desks."""

from django.urls import path

from shop.doors.desk import enrolment, reading, views
from shop.doors.figures import views as figures

app_name = "desk"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("cards/", views.cards, name="cards"),
    path("enrol/", enrolment.enrol, name="enrol"),
    path("reading/", reading.page, name="reading"),
    path("act/<str:name>/<str:pk>/", views.act, name="act"),
    path("figures/", figures.dictionary, name="figures"),
    path("figures/<str:code>/", figures.indicator, name="indicator"),
    path("practice/", figures.practice, name="practice"),
    path("<slug:code>/", views.queue, name="queue"),
    path("<slug:code>/rows/", views.rows, name="rows"),
]
