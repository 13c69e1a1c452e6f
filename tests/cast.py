"""The same people everywhere. Staff are made on first use; customers by signing in."""

from django.contrib.auth.models import Group

from shop.identity.actions import appoint_staff_user, join_if_new, sync_roles
from shop.identity.actors import Actor
from shop.identity.models import Customer, User

SYSTEM = Actor.system("test")
PASSWORD = "correct horse 42"


def staff(role: str, name: str = "") -> Actor:
    """Somebody of this post; the same person each time for the same name."""
    username = f"{role}{name}"
    user = User.objects.filter(username=username).first()
    if user is None:
        if not Group.objects.filter(name=role).exists():  # a transactional test swept it away
            sync_roles(by=SYSTEM)
        user = appoint_staff_user(username, name or "员工", role, PASSWORD, by=SYSTEM)
    return Actor.staff(user)


def customer(name: str = "ming") -> Customer:
    """Ming, or another customer by name."""
    return join_if_new(f"openid-of-{name}", by=SYSTEM)


def shopper(name: str = "ming") -> Actor:
    return Actor.shopper(customer(name))
