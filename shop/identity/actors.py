"""Every act has an actor: the door it came through, who it was, and for the system, why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shop.errors import NotAllowed
from shop.identity import roles

if TYPE_CHECKING:
    from shop.identity.models import Customer, User


class Door(StrEnum):
    """Where an act entered the house."""

    API = "api"
    DESK = "desk"
    CLOCK = "clock"
    REACTION = "reaction"
    VENDOR = "vendor"
    COMMAND = "command"


@dataclass(frozen=True)
class Actor:
    """Who acts: a staff user, a customer, or the system for a stated reason."""

    door: Door
    user: User | None = None
    customer: Customer | None = None
    reason: str = ""

    @classmethod
    def staff(cls, user: User, door: Door = Door.DESK) -> Actor:
        return cls(door, user=user)

    @classmethod
    def shopper(cls, customer: Customer, door: Door = Door.API) -> Actor:
        return cls(door, customer=customer)

    @classmethod
    def system(cls, reason: str, door: Door = Door.REACTION) -> Actor:
        if not reason:
            raise ValueError("the system acts only for a stated reason")
        return cls(door, reason=reason)

    def may(self, permission: str) -> bool:
        """Whether the role carries the permission; ownership is `require`'s and `visible_to`'s."""
        if self.user is not None:
            return self.user.is_active and self.user.has_perm(permission)
        if self.customer is not None:
            return permission in roles.CUSTOMER.permissions
        return bool(self.reason)

    def require(self, permission: str, *, owner: int | None = None) -> None:
        """Raise NotAllowed unless permitted; a customer also only on what is their own."""
        if not self.may(permission):
            raise NotAllowed
        if self.customer is not None and owner is not None and owner != self.customer.pk:
            raise NotAllowed
