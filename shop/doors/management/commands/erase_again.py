"""manage.py erase_again: after a backup was restored, erases once more whom it brought back."""

from typing import Any

from django.core.management.base import BaseCommand

from shop.identity.actors import Actor, Door
from shop.rights.actions import erase_again
from shop.rights.models import DataRequest
from shop.rights.remembered import come_back

BY = Actor.system("a backup was restored", Door.COMMAND)


class Command(BaseCommand):
    help = "Erases everybody on the list of erased customers whom a restored backup brought back."

    def handle(self, *args: Any, **options: Any) -> None:
        requests = [erase_again(customer, gone.erased, by=BY) for customer, gone in come_back()]
        stopped = [one for one in requests if one.status == DataRequest.Status.STOPPED]
        self.stdout.write(f"已重新注销 {len(requests) - len(stopped)} 位顾客（erased again）")
        for request in stopped:
            self.stderr.write(f"{request}: 受阻，每晚自动重试（stopped, tried again every night）")
