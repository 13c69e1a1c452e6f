"""What changes who we know: sign-in, tokens, addresses, staff accounts."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from shop.clock import now
from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.outbox import publish
from shop.identity import rules
from shop.identity.actors import Actor
from shop.identity.errors import DeviceNotShown, OwnSecondFactor, TooManyAddresses
from shop.identity.events import (
    CustomerJoined,
    DeviceEnrolled,
    SecondFactorReset,
    StaffUserAppointed,
    StaffUserDismissed,
)
from shop.identity.fields import blind_index
from shop.identity.models import (
    TOKEN_IDLE,
    TOKEN_LIFE,
    Address,
    Customer,
    CustomerToken,
    Party,
    ResetReason,
    User,
)
from shop.identity.roles import BY_CODE, ROLES
from shop.identity.selectors import sessions_of


def sign_in_customer(openid: str, unionid: str | None = None, *, by: Actor) -> tuple[Customer, str]:
    """The customer of this openid and a new token for the device.

    The openid comes from WeChat's code2session alone, never from the request.
    """
    by.require("identity.sign_in_customer")
    with transaction.atomic():
        customer = join_if_new(openid, unionid, by=by)
        token = CustomerToken.fresh()
        CustomerToken.objects.create(
            customer=customer,
            digest=CustomerToken.digest_of(token),
            created_at=now(),
            expires_at=now() + TOKEN_LIFE,
            idle_until=now() + TOKEN_IDLE,
        )
    return customer, token


def join_if_new(openid: str, unionid: str | None = None, *, by: Actor) -> Customer:
    """The customer of this openid, made on first sight, once however many requests race."""
    by.require("identity.join_if_new")
    known = Customer.objects.filter(openid_index=blind_index(openid)).first()
    if known is not None:
        return known
    with transaction.atomic():
        party = Party.objects.create(created_at=now())
        customer, is_new = Customer.objects.get_or_create(
            openid_index=blind_index(openid),
            defaults={"party": party, "openid": openid, "unionid": unionid, "created_at": now()},
        )
        if is_new:
            publish(CustomerJoined(customer_id=customer.pk), by=by)
        else:  # a twin request was faster: our party never was anybody
            party.delete()
    return customer


def sign_out(token: CustomerToken, *, by: Actor) -> None:
    """Revoke this device's token, at once and for ever."""
    by.require("identity.sign_out", owner=token.customer_id)
    CustomerToken.objects.filter(pk=token.pk).delete()


def keep_token_awake(token: CustomerToken, *, by: Actor) -> None:
    """Move the idle end of a token in use; written at most once an hour."""
    by.require("identity.sign_out", owner=token.customer_id)
    CustomerToken.objects.filter(pk=token.pk).update(idle_until=now() + TOKEN_IDLE)


def rename_customer(customer: Customer, nickname: str, *, by: Actor) -> Customer:
    """The name the customer wants to be called by."""
    by.require("identity.rename_customer", owner=customer.pk)
    Customer.objects.filter(pk=customer.pk).update(nickname=nickname)
    customer.nickname = nickname
    return customer


@dataclass(frozen=True)
class AddressText:
    """An address as a customer typed it."""

    recipient: str
    phone: str
    province: str
    city: str
    district: str
    street: str
    is_default: bool = False


def save_address(
    customer: Customer, text: AddressText, address: Address | None = None, *, by: Actor
) -> Address:
    """Add an address to the customer's book, or replace what one of it says."""
    by.require("identity.save_address", owner=customer.pk)
    phone = rules.dialled(text.phone)
    if not rules.is_phone(phone):
        raise InvalidValue(
            fields={"phone": [_("Enter a mobile number, or a landline with its area code.")]}
        )
    with transaction.atomic():
        Party.objects.select_for_update(no_key=True).get(pk=customer.party_id)
        book = Address.objects.filter(party_id=customer.party_id)
        if address is None and book.count() >= rules.MAX_ADDRESSES:
            raise TooManyAddresses
        if text.is_default:
            book.update(is_default=False)
        address = address or Address(party_id=customer.party_id, created_at=now())
        for name, value in {**vars(text), "phone": phone}.items():
            setattr(address, name, value)
        address.save()
    return address


def remove_address(address: Address, *, by: Actor) -> None:
    """Take an address out of the book; orders keep their own copy."""
    owner = Customer.objects.filter(party_id=address.party_id).values_list("pk", flat=True).first()
    by.require("identity.remove_address", owner=owner)
    address.delete()


def appoint_staff_user(
    username: str, name: str, role: str, password: str, *, email: str = "", by: Actor
) -> User:
    """Open an account in the admin for a person who takes up a post (ST1)."""
    by.require("identity.appoint_staff_user")
    with transaction.atomic():
        party = Party.objects.create(created_at=now())
        user = User.objects.create_user(
            username, email, password, name=name, party=party, is_staff=True
        )
        user.groups.add(Group.objects.get(name=BY_CODE[role].code))
        publish(StaffUserAppointed(user_id=user.pk, role=role), by=by)
    return user


def dismiss_staff_user(user: User, *, by: Actor) -> User:
    """Close the account of a person who leaves, at once: sessions end, history stays (ST1).

    Nobody closes their own. Raises IllegalTransition when it is closed already.
    """
    by.require("identity.dismiss_staff_user")
    if by.user is not None and by.user.pk == user.pk:
        raise NotAllowed
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not user.is_active:
            raise IllegalTransition(_("This account is closed already."))
        user.is_active = False
        user.save(update_fields=["is_active"])
        publish(StaffUserDismissed(user_id=user.pk), by=by)
    return user


def enrol_device(user: User, secret: str = "", *, by: Actor) -> TOTPDevice:
    """The second factor this person is about to enrol; asked again, it keeps its secret.

    Staff enrol for themselves alone. `secret` (40 hex digits) is one that was agreed before.
    """
    by.require("identity.enrol_device")
    if by.user is not None and by.user.pk != user.pk:
        raise NotAllowed
    begun = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    if begun is not None:
        return begun
    agreed = {"key": secret} if secret else {}
    return TOTPDevice.objects.create(user=user, confirmed=False, name="phone", **agreed)


def confirm_device(device: TOTPDevice, code: str, *, by: Actor) -> None:
    """The device showed the right code: from now on it is asked for. Raises DeviceNotShown."""
    by.require("identity.enrol_device")
    if by.user is not None and by.user.pk != device.user_id:
        raise NotAllowed
    if not device.verify_token(code):  # counts the failure and slows the next: no transaction
        raise DeviceNotShown
    with transaction.atomic():
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        publish(DeviceEnrolled(user_id=device.user_id), by=by)


def reset_second_factor(user: User, why: str, *, by: Actor) -> None:
    """Take a lost device off another's account: their sessions end at once, and the next sign-in
    enrols a new one. `why` is a code of ResetReason. Raises OwnSecondFactor."""
    by.require("identity.reset_second_factor")
    if by.user is not None and by.user.pk == user.pk:
        raise OwnSecondFactor
    if why not in ResetReason.values:
        raise InvalidValue(fields={"why": [_("Choose a reason.")]})
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        TOTPDevice.objects.filter(user=user).delete()
        for session in sessions_of(user):
            session.delete()
        publish(SecondFactorReset(user_id=user.pk, why=why), by=by)


def sync_roles(*, by: Actor) -> None:
    """Make the groups of the database say what `roles.py` says. Safe to repeat."""
    by.require("identity.sync_roles")
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    with transaction.atomic():
        for role in ROLES:
            group, _is_new = Group.objects.get_or_create(name=role.code)
            group.permissions.set(_ids_of(role.permissions, known))


def _ids_of(permissions: Iterable[str], known: dict[str, int]) -> list[int]:
    missing = sorted(set(permissions) - known.keys())
    if missing:
        raise LookupError(f"roles.py names permissions that no model declares: {missing}")
    return [known[permission] for permission in permissions]
