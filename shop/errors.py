"""Refusals: one class per broken rule, with a code that programs may rely on for ever."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

Text = str | Promise


class Message(str):
    """A text that knows its parameters, so that it can be said again in another language."""

    template: Text
    parameters: Mapping[str, Any]

    def __new__(cls, template: Text, **parameters: Any) -> "Message":
        made = super().__new__(cls, str(template) % parameters)
        made.template, made.parameters = template, parameters
        return made


def taken_apart(text: Text) -> tuple[str, dict[str, Any]]:
    """The words as the code has them, and their parameters: what is kept of a text that people
    of several languages read. `gettext(words) % parameters` says it again."""
    template, parameters = (
        (text.template, dict(text.parameters)) if isinstance(text, Message) else (text, {})
    )
    with override(None):
        return str(template), parameters


class DomainError(Exception):
    """A rule was broken. Nothing has changed; the text says what to do next.

    `status` is the HTTP status of the API's problem details (RFC 9457): 403 ability, 404 scope,
    409 state or rule, 422 a reused idempotency key, 503 a vendor is away. The relay treats every
    DomainError of a reaction as final: waiting does not mend a broken rule.
    """

    code: ClassVar[str] = "refused"
    title: ClassVar[Text] = _("This is not possible.")
    status: ClassVar[int] = 409

    def __init__(
        self,
        detail: Text | None = None,
        *,
        fields: Mapping[str, Sequence[Text]] | None = None,
    ) -> None:
        self.detail = detail or self.title
        self.fields = fields or {}
        super().__init__(self.detail)

    def __str__(self) -> str:
        return str(self.detail)


class NotAllowed(DomainError):
    """The actor lacks the permission the action asks for."""

    code = "not-allowed"
    title = _("You do not have the right to do this.")
    status = 403


class IllegalTransition(DomainError):
    """The row's state has no such step: somebody else was faster, or the page is old."""

    code = "illegal-transition"
    title = _("This step is not possible in the present state.")


class NotFound(DomainError):
    """Nothing by that name is visible to the actor."""

    code = "not-found"
    title = _("Not found.")
    status = 404


class InvalidValue(DomainError):
    """A value that the rule of its field refuses; `fields` names it."""

    code = "invalid"
    title = _("Some values are not valid.")
    status = 400
