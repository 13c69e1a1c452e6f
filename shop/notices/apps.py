from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "shop.notices"
    label = "notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        autodiscover_modules("notices")  # every app's `notices.py` declares what it tells
