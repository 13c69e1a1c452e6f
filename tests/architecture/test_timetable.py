"""The timetable names tasks that exist, and every task of the clock stands in it."""

from shop.celery import app

NOT_BY_CLOCK = {"events.deliver"}


def test_timetable_and_tasks_agree():
    app.loader.import_default_modules()
    timed = {entry["task"] for entry in app.conf.beat_schedule.values()}
    own = {name for name in app.tasks if not name.startswith("celery.")}
    assert timed == own - NOT_BY_CLOCK
