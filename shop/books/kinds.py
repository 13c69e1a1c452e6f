"""What kinds of business facts are booked: chapters declare theirs, pages say them in words."""

from shop.errors import Text

KINDS: dict[str, Text] = {}


def journal_kind(code: str, label: Text) -> str:
    """Declare `app.fact` as something that is booked; returns the code."""
    KINDS[code] = label
    return code
