"""What customers' rights do about facts."""

from shop.events.models import EventLog
from shop.events.outbox import reacts_to
from shop.identity.actors import Actor
from shop.identity.models import Customer
from shop.notices.actions.raising import Fact, send_notice
from shop.rights.actions import prepare_copy
from shop.rights.events import (
    CopyPrepared,
    CopyRequested,
    CustomerErased,
    ErasureCalledOff,
    ErasureRequested,
    ErasureStopped,
)
from shop.rights.kinds import STOPPED_ERASURE
from shop.rights.models import DataRequest
from shop.rights.notices import COPY_READY, ERASURE_BEGUN
from shop.work.actions.items import Matter, open_item, settle_items


@reacts_to(CopyRequested)
def prepare_requested_copy(event: CopyRequested, fact: EventLog) -> None:
    """Put it together behind the request."""
    by = Actor.system("a customer asked for a copy of their data")
    prepare_copy(DataRequest.objects.get(pk=event.request_id), by=by)


@reacts_to(CopyPrepared)
def tell_customer_of_copy(event: CopyPrepared, fact: EventLog) -> None:
    """The link itself is fetched by who is signed in."""
    customer = Customer.objects.get(pk=event.customer_id)
    by = Actor.system("a copy is ready")
    send_notice(COPY_READY, customer, Fact(fact.stream), by=by)


@reacts_to(ErasureRequested)
def tell_customer_of_erasure(event: ErasureRequested, fact: EventLog) -> None:
    """Should somebody else have asked, the customer can still call it off."""
    customer = Customer.objects.get(pk=event.customer_id)
    by = Actor.system("an erasure was asked for")
    send_notice(ERASURE_BEGUN, customer, Fact(fact.stream), by=by)


@reacts_to(ErasureStopped)
def open_stopped_erasure(event: ErasureStopped, fact: EventLog) -> None:
    """People settle what stands in its way, in time for the law."""
    matter = Matter(fact.stream, figures={"customer": f"C{event.customer_id:06d}"})
    open_item(STOPPED_ERASURE, matter, by=Actor.system("an erasure was stopped"))


@reacts_to(CustomerErased)
def close_stopped_erasure(event: CustomerErased, fact: EventLog) -> None:
    """It went through after all."""
    subject = f"data_request:{event.request_id}"
    settle_items(STOPPED_ERASURE, subject, by=Actor.system("the customer is erased"))


@reacts_to(ErasureCalledOff)
def close_called_off_erasure(event: ErasureCalledOff, fact: EventLog) -> None:
    """There is nothing to erase any more."""
    settle_items(STOPPED_ERASURE, fact.stream, by=Actor.system("the erasure was called off"))
