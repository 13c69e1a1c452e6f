"""What a customer means to buy."""

from django.db import transaction

from catalog.models import Offer
from marketing.rules import MAX_LINES
from orders import rules
from orders.errors import (
    CartIsFull,
    NotOnSale,
    QuantityRefused,
)
from orders.models import (
    CartLine,
)
from shop.clock import now
from shop.identity.actors import Actor
from shop.identity.models import Customer


def put_cart_line(customer: Customer, sku_id: int, quantity: int, *, by: Actor) -> CartLine:
    """Say how many of a SKU the customer means to buy; saying it again replaces it."""
    by.require("orders.put_cart_line", owner=customer.pk)
    if not rules.is_quantity(quantity):
        raise QuantityRefused
    if not Offer.objects.on_sale().filter(sku_id=sku_id).exists():
        raise NotOnSale
    with transaction.atomic():
        Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        others = CartLine.objects.filter(customer=customer).exclude(sku_id=sku_id)
        if others.count() >= MAX_LINES:
            raise CartIsFull
        line, _is_new = CartLine.objects.update_or_create(
            customer=customer,
            sku_id=sku_id,
            defaults={"quantity": quantity},
            create_defaults={"quantity": quantity, "added_at": now()},
        )
    return line


def remove_cart_line(customer: Customer, sku_id: int, *, by: Actor) -> None:
    """Take a SKU out of the cart; it may be gone already."""
    by.require("orders.remove_cart_line", owner=customer.pk)
    CartLine.objects.filter(customer=customer, sku_id=sku_id).delete()
