from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class WorkConfig(AppConfig):
    name = "shop.work"
    label = "work"
    verbose_name = _("Work")

    def ready(self) -> None:
        autodiscover_modules("kinds")  # each package declares the kinds of work it opens
