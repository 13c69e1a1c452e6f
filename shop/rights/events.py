"""What happens to customers' requests about their data."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from shop.events.outbox import Event


@dataclass(frozen=True)
class CopyRequested(Event):
    """A customer wants a copy of all their data (PIPL art. 45)."""

    stream_kind = "data_request"
    label = _("copy of the data asked for")
    request_id: int
    customer_id: int


@dataclass(frozen=True)
class CopyPrepared(Event):
    """The copy is there to be fetched."""

    stream_kind = "data_request"
    label = _("copy of the data prepared")
    request_id: int
    customer_id: int
    file_id: int


@dataclass(frozen=True)
class CopyFetched(Event):
    """A link to the copy was used, once."""

    stream_kind = "data_request"
    label = _("copy of the data fetched")
    request_id: int
    customer_id: int


@dataclass(frozen=True)
class ErasureRequested(Event):
    """A customer wants to be erased (PIPL art. 47); it can be called off for seven days."""

    stream_kind = "data_request"
    label = _("erasure asked for")
    request_id: int
    customer_id: int


@dataclass(frozen=True)
class ErasureCalledOff(Event):
    """The customer stays."""

    stream_kind = "data_request"
    label = _("erasure called off")
    request_id: int
    customer_id: int


@dataclass(frozen=True)
class ErasureStopped(Event):
    """Something stands in the way of an erasure whose time has come: people must see to it."""

    stream_kind = "data_request"
    label = _("erasure stopped")
    request_id: int
    customer_id: int


@dataclass(frozen=True)
class CustomerErased(Event):
    """Nothing tells any more who this customer was; `rows` were deleted or emptied."""

    stream_kind = "customer"
    label = _("erased")
    customer_id: int
    request_id: int
    rows: int
