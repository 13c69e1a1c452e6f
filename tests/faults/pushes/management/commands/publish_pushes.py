"""manage.py publish_pushes: facts that somebody outside must hear of."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from shop.events.outbox import publish
from shop.identity.actors import Actor
from tests.faults.pushes.events import PushWanted

RIG = Actor.system("fault rig")


class Command(BaseCommand):
    help = "Publishes pushes: so many of each of so many subjects."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--first-subject", type=int, default=1)
        parser.add_argument("--subjects", type=int, default=1)
        parser.add_argument("--each", type=int, default=1)
        parser.add_argument("--seconds", type=float, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        first = options["first_subject"]
        for number in range(1, options["each"] + 1):
            with transaction.atomic():
                for subject in range(first, first + options["subjects"]):
                    publish(PushWanted(subject, number, options["seconds"]), by=RIG)
