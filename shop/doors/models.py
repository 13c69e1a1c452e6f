"""What the doors remember: answers given under a key."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.identity.fields import EncryptedTextField


class IdempotencyKey(models.Model):
    """A caller's key for one request, and the answer it got: the same again, byte for byte.

    Written in the transaction of the effect, so that there is an answer exactly when there was an
    effect. Kept for a week; what must never happen twice has a constraint of its own besides.
    """

    scope = models.CharField(max_length=200, help_text="caller, method and path")
    key = models.CharField(max_length=255)
    request_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    body = EncryptedTextField(max_length=100_000, null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="key_used_once"),
            models.CheckConstraint(name="key_length", condition=models.Q(key__regex=".{16}")),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
