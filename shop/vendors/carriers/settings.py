"""What the carrier client must be told. `settings.CARRIERS` is one `CarrierSettings`."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sender:
    """Who hands the parcels in: our warehouse, as it stands on the label."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """快递100 of one company. `key`, `customer` and `secret` are from its console; `salt` is ours:
    it signs what is pushed to us.

    `accounts`: carrier → our number there (电子面单账号, partnerId). `track_url` serves tracking,
    `label_url` waybills.
    """

    track_url: str
    label_url: str
    customer: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    salt: str = field(repr=False)
    sender: Sender
    accounts: Mapping[str, str] = field(default_factory=dict, hash=False)
