"""manage.py draw_maps [--check]: docs/maps from the code."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from shop.doors.maps import MAPS


class Command(BaseCommand):
    help = "Draws docs/maps; with --check only says which are out of date."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        folder = settings.ROOT / "docs" / "maps"
        with override("en"):
            drawn = {folder / name: draw() for name, draw in MAPS.items()}
        old = [
            path for path, text in drawn.items() if not path.exists() or path.read_text() != text
        ]
        if check and old:
            names = ", ".join(path.name for path in old)
            raise CommandError(f"out of date: {names}. Draw them again with: make maps")
        for path in old:
            path.write_text(drawn[path])
            self.stdout.write(f"drew {path.name}")
