"""The Celery application and the house's timetable. Tasks are thin doors; PostgreSQL holds what
must not be lost.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # By name, so that the kernel knows no chapter; a test holds the names to the tasks.
    "ask about payments": {
        "task": "orders.ask_about_payments",
        "schedule": crontab(minute="*"),
    },
    "complete signed orders": {
        "task": "orders.complete_signed_orders",
        "schedule": crontab(minute="7"),
    },
    "verify the audit chain": {
        "task": "records.verify_audit",
        "schedule": crontab(hour="4", minute="23"),
    },
    "measure the last days": {
        "task": "figures.measure_last_days",
        "schedule": crontab(hour="0", minute="20"),
    },
    "forget old idempotency keys": {
        "task": "doors.forget_old_keys",
        "schedule": crontab(hour="3", minute="41"),
    },
}
