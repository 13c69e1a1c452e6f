"""Every way of selling."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.events.states import Transitions

MINI_PROGRAM = "mini_program"
"""The code of the shop's own channel: always there, always open."""


class Channel(models.Model):
    """A way of selling. Orders and figures name it by its code, which never changes."""

    class Kind(models.TextChoices):
        MINI_PROGRAM = "mini_program", _("mini-program")
        AGENT = "agent", _("agents")
        OFFLINE = "offline", _("offline shop")
        PLATFORM = "platform", _("another platform")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed to orders")

    TRANSITIONS: ClassVar[Transitions] = {
        "close": ({Status.OPEN}, Status.CLOSED),
        "reopen": ({Status.CLOSED}, Status.OPEN),
    }

    code = models.SlugField(_("code"), max_length=20, primary_key=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=40)
    status = models.CharField(
        _("state"), max_length=10, choices=Status.choices, default=Status.OPEN
    )
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["created_at", "code"]
        permissions = [
            ("register_channel", "Can register a way of selling"),
            ("close_channel", "Can close a way of selling to orders"),
            ("reopen_channel", "Can open a way of selling again"),
        ]
        constraints = [
            models.CheckConstraint(
                name="channel_status", condition=models.Q(status__in=["open", "closed"])
            ),
            models.CheckConstraint(
                name="own_channel_is_open",
                condition=~models.Q(code=MINI_PROGRAM) | models.Q(status="open"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"channel:{self.code}"
