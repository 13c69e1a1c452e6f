"""Addresses of the desks."""

from django.urls import path

from shop.doors.desk import (
    beginnings,
    deputies,
    enrolment,
    exports,
    imports,
    inbox,
    reading,
    team,
    views,
)
from shop.doors.desk import (
    jobs as long_work,
)
from shop.doors.figures import views as figures
from shop.doors.files import desk as files
from shop.doors.timing import calendars, jobs

app_name = "desk"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("cards/", views.cards, name="cards"),
    path("enrol/", enrolment.enrol, name="enrol"),
    path("team/", team.team, name="team"),
    path("team/hand-over/<str:key>/", team.hand_over, name="hand_over_heap"),
    path("team/rows/", team.rows, name="team_rows"),
    path("jobs/<int:pk>/file/", long_work.fetch, name="job_file"),
    path("imports/<str:code>/", imports.page, name="import"),
    path("imports/<str:code>/template/", imports.template, name="import_template"),
    path("imports/<str:code>/<int:pk>/", imports.look, name="import_preview"),
    path("exports/<str:label>/", exports.page, name="export"),
    path("deputies/", deputies.page, name="deputies"),
    path("files/<int:pk>/", files.fetch, name="file"),
    path("reading/", reading.page, name="reading"),
    path("begin/<str:name>/", beginnings.page, name="begin"),
    path("act/<str:name>/<str:pk>/", views.act, name="act"),
    path("bell/", inbox.bell, name="bell"),
    path("notices/", inbox.page, name="inbox"),
    path("notices/rows/", inbox.rows, name="inbox_rows"),
    path("notices/all-read/", inbox.all_read, name="all_read"),
    path("notices/preferences/", inbox.wishes, name="wishes"),
    path("jobs/<int:pk>/timetable/", jobs.timetable, name="job_timetable"),
    path("calendars/<int:pk>/<int:year>/", calendars.calendar, name="calendar"),
    path("calendars/<int:pk>/<int:year>/<slug:step>/", calendars.edit, name="edit_calendar"),
    path("figures/", figures.dictionary, name="figures"),
    path("figures/<str:code>/", figures.indicator, name="indicator"),
    path("practice/", figures.practice, name="practice"),
    path("<slug:code>/", views.queue, name="queue"),
    path("<slug:code>/rows/", views.rows, name="rows"),
]
