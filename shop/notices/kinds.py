"""What there is to tell: every kind of notice, declared in its app's `notices.py`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.errors import Text
from shop.work.kinds import Reason, WorkKind, work_kind

if TYPE_CHECKING:
    from shop.notices.models import Notice

Figures = Mapping[str, object]


class Channel(TextChoices):
    """A way to reach somebody."""

    DESK = "desk", _("desk inbox")
    MAIL = "mail", _("e-mail")
    WECHAT = "wechat", _("WeChat message")
    WECOM = "wecom", _("WeCom group")


class Audience(StrEnum):
    """Whom a kind is for."""

    STAFF = "staff"
    CUSTOMER = "customer"


@dataclass(frozen=True)
class Purpose:
    """What a customer may agree to, and may refuse without losing anything (PIPL art. 13–16).

    A new `version` asks everybody again: who agreed to older words has not agreed (art. 14).
    """

    code: str
    label: Text
    text: Text
    version: int

    @property
    def text_hash(self) -> bytes:
        """SHA-256 of the words as this request's language shows them."""
        return hashlib.sha256(str(self.text).encode()).digest()


PURPOSES: dict[str, Purpose] = {}


def purpose(declared: Purpose) -> Purpose:
    """Register a purpose. Two of one code are a mistake."""
    if declared.code in PURPOSES:
        raise ValueError(f"a purpose is called {declared.code} already")
    PURPOSES[declared.code] = declared
    return declared


REMINDERS = purpose(
    Purpose(
        "reminder",
        _("Shopping reminders"),
        _("We may remind you of an order that you have not paid yet, before its time runs out."),
        1,
    )
)


@dataclass(frozen=True)
class Template:
    """A subscribe-message template: our name for it (WECHAT_TEMPLATES says its id), and which
    figure each of its keywords shows. `page` is the mini-program's, with figures in it."""

    name: str
    values: Mapping[str, str] = field(hash=False)
    page: str


def nothing_more(notice: Notice) -> Figures:
    return {}


def always(notice: Notice) -> bool:
    return True


@dataclass(frozen=True)
class NoticeKind:
    """One thing we tell, to whom and how.

    `subject` and `body` are texts with %(figures)s, which `look_up` finds when they are rendered:
    a notice keeps ids, never what it says. `model` names whose page it leads to, or `page` is an
    address by its name and arguments. All `channels`
    are used, the first is the one that counts. An urgent kind passes quiet hours. A `purpose`
    must have been agreed to; without one no consent is needed (the contract is reason enough).
    `still_matters` is asked before every sending: old news is withdrawn.
    """

    code: str
    label: Text
    article: str
    audience: Audience
    channels: tuple[Channel, ...]
    subject: Text
    body: Text
    look_up: Callable[[Notice], Figures] = nothing_more
    model: str = ""
    page: tuple[str, ...] = ()
    is_urgent: bool = False
    purpose: Purpose | None = None
    template: Template | None = None
    still_matters: Callable[[Notice], bool] = always


KINDS: dict[str, NoticeKind] = {}


def register_kind(kind: NoticeKind) -> NoticeKind:
    """Two kinds of one code, and WeChat without a template, are mistakes."""
    if kind.code in KINDS:
        raise ValueError(f"{kind.code} is declared already")
    if (Channel.WECHAT in kind.channels) != (kind.template is not None):
        raise ValueError(f"{kind.code}: a WeChat message wants a template, and only that")
    KINDS[kind.code] = kind
    return kind


ADDRESS_SUSPENDED = work_kind(
    WorkKind(
        code="address_suspended",
        label=_("suspended e-mail address"),
        article="B2.2.1",
        role="hr",
        subjects={"mail_address": "notices.MailAddress"},
        target=timedelta(hours=9),
        outcomes={"looked_into": _("looked into")},
        title=lambda figures: gettext("Mail to employee no. %(user)s comes back") % figures,
        reasons={
            "": Reason(
                _("suspended e-mail address"),
                _("Ask the person: is the address right, does the mailbox exist? Correct it, or"
                  " release the address. Until then they get neither reports nor notices by mail."),
            )
        },
    )
)  # fmt: skip
