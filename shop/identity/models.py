"""Parties: persons and firms we know. A User signs in to the admin, a Customer by WeChat."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from shop.identity.fields import BlindIndexField, EncryptedTextField
from shop.identity.roles import BY_CODE, Role

if TYPE_CHECKING:
    from shop.identity.actors import Actor

TOKEN_LIFE = timedelta(days=30)
TOKEN_IDLE = timedelta(days=7)


class Party(models.Model):
    """A person or a firm, whatever they are to us; what must name somebody names a party."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        FIRM = "firm", _("firm")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PERSON)
    created_at = models.DateTimeField(_("known since"))

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        constraints = [
            models.CheckConstraint(
                name="party_kind", condition=models.Q(kind__in=["person", "firm"])
            ),
        ]

    def __str__(self) -> str:
        return f"P{self.pk}"


class User(AbstractUser):
    """A member of staff who signs in to the admin. Never a customer."""

    first_name = last_name = None  # type: ignore[assignment]
    name = models.CharField(_("name"), max_length=60)
    party = models.OneToOneField(Party, models.PROTECT, related_name="user", null=True)

    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("staff user")
        verbose_name_plural = _("staff users")
        permissions = [
            ("enrol_device", "Can enrol a device of their own as second factor"),
            ("dismiss_staff_user", "Can close the account of somebody who leaves"),
            ("reset_second_factor", "Can take a lost second factor off another's account"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"user:{self.pk}"

    @cached_property
    def roles(self) -> list[Role]:
        """The posts this person holds, in the table's order; read once, as permissions are."""
        held = {group.name for group in self.groups.all()}
        return [role for code, role in BY_CODE.items() if code in held]


class ResetReason(models.TextChoices):
    """Why somebody's second factor is taken off their account."""

    LOST = "lost", _("device lost or stolen")
    BROKEN = "broken", _("device broken")
    REPLACED = "replaced", _("new device, the old one is gone")
    MISUSE = "misuse", _("somebody else may know the secret")


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, actor: Actor) -> CustomerQuerySet:
        if actor.customer is not None:
            return self.filter(pk=actor.customer.pk)
        return self if actor.may("identity.view_customer") else self.none()


class Customer(models.Model):
    """Somebody who signs in by WeChat. Known by openid; can never reach the admin."""

    party = models.OneToOneField(Party, models.PROTECT, related_name="customer")
    openid = EncryptedTextField(_("openid"), max_length=64)
    openid_index = BlindIndexField(of="openid", unique=True)
    unionid = EncryptedTextField(_("unionid"), max_length=64, null=True)
    nickname = models.CharField(_("nickname"), max_length=40, blank=True)
    created_at = models.DateTimeField(_("joined at"))
    erased_at = models.DateTimeField(_("erased at"), null=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")

    def __str__(self) -> str:
        return self.nickname or f"C{self.pk:06d}"

    @property
    def stream(self) -> str:
        """Where its events are."""
        return f"customer:{self.pk}"

    @property
    def is_authenticated(self) -> bool:
        """Django REST framework asks this of whoever a token belongs to."""
        return True


class CustomerToken(models.Model):
    """A signed-in device: only the SHA-256 of the token is kept. Revoked by deletion."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="tokens")
    digest = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="absolute end, 30 days after sign-in")
    idle_until = models.DateTimeField(help_text="end unless used before, 7 days after last use")

    class Meta:
        verbose_name = _("customer's token")
        verbose_name_plural = _("customers' tokens")

    def __str__(self) -> str:
        return f"token of customer {self.customer_id}"

    @staticmethod
    def fresh() -> str:
        """256 random bits, as the device will hold them."""
        return secrets.token_urlsafe(32)

    @staticmethod
    def digest_of(token: str) -> bytes:
        return hashlib.sha256(token.encode()).digest()

    def is_live(self, at: datetime) -> bool:
        return at < self.expires_at and at < self.idle_until


class AddressQuerySet(models.QuerySet["Address"]):
    def visible_to(self, actor: Actor) -> AddressQuerySet:
        return self.filter(party__customer=actor.customer) if actor.customer else self.none()


class Address(models.Model):
    """Where a party receives parcels. An order keeps its own copy."""

    party = models.ForeignKey(Party, models.CASCADE, related_name="addresses")
    recipient = EncryptedTextField(_("recipient"), max_length=40)
    phone = EncryptedTextField(_("phone"), max_length=20)
    province = models.CharField(_("province"), max_length=20)
    city = models.CharField(_("city"), max_length=20)
    district = models.CharField(_("district"), max_length=30, blank=True)
    street = EncryptedTextField(_("street"), max_length=120)
    is_default = models.BooleanField(_("default"), default=False)
    created_at = models.DateTimeField()

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["-is_default", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["party"], condition=models.Q(is_default=True), name="one_default_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.province}{self.city}{self.district}"
