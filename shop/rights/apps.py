from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RightsConfig(AppConfig):
    name = "shop.rights"
    label = "rights"
    verbose_name = _("Customers' rights")

    def ready(self) -> None:
        from shop.rights import files, notices  # noqa: F401 - what is kept, what is told
