from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "shop.events"
    label = "events"
    verbose_name = _("Events and deliveries")

    def ready(self) -> None:
        import shop.celery  # noqa: F401 - shared tasks find the application that exists

        autodiscover_modules("events", "reactions")
