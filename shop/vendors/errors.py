"""How a vendor can fail us: it may be asked again, or it has refused.

Messages carry the vendor's name, our own words and the vendor's code: never the vendor's text, a
URL, a key or anything about a person, because they end in logs.
"""


class VendorError(Exception):
    """A vendor did not do what was asked. `code` is the vendor's own, empty when it gave none."""

    def __init__(self, vendor: str, reason: str, code: str = "") -> None:
        super().__init__(vendor, reason, code)
        self.vendor = vendor
        self.reason = reason
        self.code = code

    def __str__(self) -> str:
        return f"{self.vendor}: {self.reason}" + (f" ({self.code})" if self.code else "")


class VendorRetryable(VendorError):
    """Nothing is decided: the same request, unchanged, may succeed later."""


class VendorUnreachable(VendorRetryable):
    """No whole answer came in time, or it was 5xx. The vendor may still have done the work."""


class NotAsked(VendorRetryable):
    """We did not ask: it is given a rest after failures, or we have too many requests at it."""


class VendorBusy(VendorRetryable):
    """The vendor answered, and asks to come back later."""


class UnreadableAnswer(VendorRetryable):
    """An answer came that is not the document's: HTML, broken JSON, another order's number."""


class UnverifiedAnswer(VendorRetryable):
    """An answer came whose signature is missing or wrong, so nothing it says is believed."""


class VendorRefused(VendorError):
    """The vendor's last word: the same request will be refused again."""
