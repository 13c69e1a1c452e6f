from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class DoorsConfig(AppConfig):
    default = True
    name = "shop.doors"
    label = "doors"
    verbose_name = _("Desks")

    def ready(self) -> None:
        from shop.doors import checks  # noqa: F401 - registers the system checks
        from shop.doors.logs import configure_logs

        configure_logs()
        from shop.doors.timing import admin  # noqa: F401 - registers the pages of time

        autodiscover_modules("desk")  # chapters register their queues and buttons


class DeskAdminConfig(AdminConfig):
    default_site = "shop.doors.desk.site.DeskSite"
