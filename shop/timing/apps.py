from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class TimingConfig(AppConfig):
    name = "shop.timing"
    label = "timing"
    verbose_name = _("Calendar and clocks")

    def ready(self) -> None:
        autodiscover_modules("tasks")  # what timers set off is registered there
