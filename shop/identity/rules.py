"""Decisions of identity, from values alone."""

import re
import unicodedata

MAX_ADDRESSES = 20
MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}")


def dialled(phone: str) -> str:
    """The digits of a phone number as typed: spaces, full-width digits and +86 taken away."""
    digits = unicodedata.normalize("NFKC", phone)
    digits = re.sub(r"[\s()]", "", digits)
    return re.sub(r"^(\+86|0086)-?", "", digits)


def is_phone(phone: str) -> bool:
    """A mainland mobile or landline number, after `dialled`."""
    return bool(MOBILE.fullmatch(phone) or LANDLINE.fullmatch(phone))


def masked_phone(phone: str) -> str:
    """138****1234: enough to recognise, too little to call."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"


def masked_name(name: str) -> str:
    """王**: the family name alone."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else ""
