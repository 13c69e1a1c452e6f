"""What is always true of who was erased (O13)."""

from collections.abc import Iterator

from shop.identity.models import Customer
from shop.identity.privacy import OWNED, PERSONAL, Erase
from shop.invariants import Evidence, Examination, held, invariant
from shop.rights.actions import ERASED
from shop.rights.selectors import rows_of, streams_of

NOTHING = (None, "", ERASED, bytes(32))


@invariant("O13", "nothing tells who an erased customer was")
def the_erased_are_nowhere(evidence: Evidence) -> Examination:
    erased = Customer.objects.filter(erased_at__isnull=False).order_by("pk")
    return held(
        (customer.stream, "nothing", ", ".join(_left_of(customer)) or "nothing")
        for customer in erased.iterator()
    )


def _left_of(customer: Customer) -> Iterator[str]:
    """The columns that still hold something of theirs."""
    streams = streams_of(customer)
    for label, owned in OWNED.items():
        rows = rows_of(customer, label, streams)
        if owned.rows == Erase.DELETE:
            if rows.exists():
                yield label
            continue
        columns = [name for name in _to_be_empty(label) if not name.endswith("openid_index")]
        for name in columns if columns else ():
            column = name.rpartition(".")[2]
            if any(_is_left(value) for value in rows.values_list(column, flat=True)):
                yield name


def _to_be_empty(label: str) -> list[str]:
    return [
        name
        for name, entry in PERSONAL.items()
        if name.startswith(f"{label}.") and entry.erase != Erase.KEEP
    ]


def _is_left(value: object) -> bool:
    return (bytes(value) if isinstance(value, memoryview) else value) not in NOTHING
