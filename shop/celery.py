"""The Celery application. Tasks are thin doors; PostgreSQL holds what must not be lost.

The timetable of the house is in PostgreSQL too: `shop/timing/planner.py`.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
