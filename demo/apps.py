from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    name = "demo"
    verbose_name = _("Demo")

    def ready(self) -> None:
        if settings.DEMO:
            from demo.logins import logins
            from shop.doors.desk.site import HINTS

            HINTS.append(logins)
