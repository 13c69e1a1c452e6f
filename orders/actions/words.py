"""What customers write in their own words: taken, looked at by people, or checked later."""

from django.db import transaction

from orders.events import WordsUnchecked
from orders.kinds import WORDS_TO_REVIEW
from orders.models import AfterSalesCase, Order
from shop.events.outbox import publish
from shop.identity.actors import Actor
from shop.work.actions.items import Matter, open_item

UNCHECKED = "unchecked"
FOR_PEOPLE = ("review", "risky")
OF_THE_WORDS = Actor.system("the words of a customer")


def note_words(order: Order, case: AfterSalesCase | None, verdict: str, *, by: Actor) -> None:
    """Keep what the content check said of the remark of an order, or of the words of a case.

    `unchecked`: it is asked again until it answers. `review` and `risky`: service looks at them.
    """
    by.require("orders.note_words")
    with transaction.atomic():
        if verdict == UNCHECKED:
            publish(WordsUnchecked(order.pk, case.pk if case else 0), by=by)
        elif verdict in FOR_PEOPLE:
            about = case or order
            figures = {"number": about.number, "reason": verdict}
            open_item(WORDS_TO_REVIEW, Matter(about.stream, verdict, figures), by=by)
