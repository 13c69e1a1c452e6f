"""The shop's settings in the rig's processes: a lane to a receiver of our own, and guards that a
control may switch off. Everything else is the shop's own."""

from shop import env
from shop.settings import *  # noqa: F403
from shop.settings import CELERY_BROKER_TRANSPORT_OPTIONS, INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.pushes.apps.PushesConfig"]
MIDDLEWARE = ["tests.faults.pushes.middleware.DieBeforeReply", *MIDDLEWARE]
LOGGING = {  # a 500 is a finding: its reason belongs into the program's log
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "ERROR"}},
    "loggers": {"django.request": {"handlers": ["console"]}},
}
RECEIVER_URL = env.text("RECEIVER_URL", "http://127.0.0.1:9")
CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS | {
    "visibility_timeout": env.number("VISIBILITY_SECONDS", 300),
    "unacked_restore_interval": 1,  # seconds between two looks for messages nobody acknowledged
    "unacked_restore_throttle": 1,
}
PATIENCE = {
    "LEASE": env.number("LEASE_MS", 0),
    "HAND_OVER": env.number("HAND_OVER_MS", 0),
    "FIRST_WAIT": env.number("FIRST_WAIT_MS", 0),
}
"""Constants of shop.events.rules in milliseconds; 0 leaves the shop's own."""
PAYMENT_WINDOW_MS = env.number("PAYMENT_WINDOW_MS", 0)
GUARDS_OFF = env.words("GUARDS_OFF")
