from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DoorsConfig(AppConfig):
    name = "shop.doors"
    label = "doors"
    verbose_name = _("Desks")
