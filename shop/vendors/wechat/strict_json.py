"""JSON from outside, read without goodwill."""

import json
from datetime import UTC, datetime
from typing import NoReturn


class Unreadable(ValueError):
    """Not the document expected. The message names the field, never its value."""


def read_object(raw: bytes) -> "Fields":
    """The JSON object in `raw`: UTF-8, no duplicate keys, no NaN or Infinity; or Unreadable."""
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        raise Unreadable("not one strict JSON text in UTF-8") from None
    if not isinstance(value, dict):
        raise Unreadable("not a JSON object")
    return Fields(value)


class Fields:
    """A JSON object asked field by field; each answer is of the type promised, or Unreadable."""

    def __init__(self, values: dict[str, object]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str, longest: int) -> str:
        """Printable ASCII of 1 to `longest` characters: all that a code or a number consists of."""
        value = self._values.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= longest:
            raise Unreadable(f"{name} is not a text of 1 to {longest} characters")
        if not (value.isascii() and value.isprintable()):
            raise Unreadable(f"{name} holds characters it may not hold")
        return value

    def text_or_empty(self, name: str, longest: int) -> str:
        """The same, but the field may be missing or empty."""
        return self.text(name, longest) if self._values.get(name) else ""

    def words(self, name: str, longest: int) -> str:
        """A text of 1 to `longest` characters of any language, as people write: white space comes
        as single blanks, what cannot be printed is left out.
        """
        value = self._values.get(name)
        if not isinstance(value, str) or len(value) > longest:
            raise Unreadable(f"{name} is not a text of 1 to {longest} characters")
        written = "".join(filter(str.isprintable, " ".join(value.split())))
        if not written:
            raise Unreadable(f"{name} holds nothing to read")
        return written

    def words_or_empty(self, name: str, longest: int) -> str:
        """The same, but the field may be missing or empty."""
        return self.words(name, longest) if self._values.get(name) else ""

    def code_or_empty(self, name: str, longest: int) -> str:
        """A code that some write as a text and some as a whole number; missing, it is empty."""
        value = self._values.get(name)
        if type(value) is int:
            return str(value)[:longest]
        return self.text_or_empty(name, longest)

    def each(self, name: str, most: int) -> list["Fields"]:
        """The objects of a list of at most `most`."""
        values = self._values.get(name)
        if not isinstance(values, list) or len(values) > most:
            raise Unreadable(f"{name} is not a list of at most {most}")
        if not all(isinstance(value, dict) for value in values):
            raise Unreadable(f"{name} holds something that is no object")
        return [Fields(value) for value in values]

    def whole(self, name: str) -> int:
        """A whole number; true and 1.0 are none."""
        value = self._values.get(name)
        if type(value) is not int:
            raise Unreadable(f"{name} is not a whole number")
        return value

    def moment(self, name: str) -> datetime:
        """An instant in UTC, from RFC 3339 with its zone."""
        text = self.text(name, 40)
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise Unreadable(f"{name} is not an instant with its zone")

    def inner(self, name: str) -> "Fields":
        """The object under `name`."""
        value = self._values.get(name)
        if not isinstance(value, dict):
            raise Unreadable(f"{name} is not an object")
        return Fields(value)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Unreadable("a key stands twice")
    return values


def _refuse_constant(_: str) -> NoReturn:
    raise Unreadable("NaN and Infinity are no JSON")
