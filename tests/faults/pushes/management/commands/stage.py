"""manage.py stage: an empty database becomes a shop with goods and signed-in buyers."""

import json
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from shop.events.relay import run_reactions
from shop.identity.actions import sign_in_customer, sync_roles
from tests import cast
from tests.make import make_address, make_calendar, make_sku

UNITS = 1_000_000


class Command(BaseCommand):
    help = "Migrates, puts one product on sale, signs buyers in; prints them as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--buyers", type=int, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        sync_roles(by=cast.SYSTEM)
        make_calendar()
        sku = make_sku(stock=UNITS)
        run_reactions()
        buyers = [self.buyer(f"buyer-{number}") for number in range(options["buyers"])]
        self.stdout.write(json.dumps({"sku": sku.pk, "buyers": buyers}))

    def buyer(self, name: str) -> dict[str, object]:
        customer, token = sign_in_customer(f"openid-of-{name}", by=cast.SYSTEM)
        return {"token": token, "address": make_address(customer).pk}
