"""manage.py compile_po: makes the .mo files that Django reads from our .po files."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shop.doors.translations import compile_translations


class Command(BaseCommand):
    help = "Compiles translations (no GNU gettext needed)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for path in compile_translations(settings.LOCALE_PATHS):
            self.stdout.write(f"compiled {path}")
