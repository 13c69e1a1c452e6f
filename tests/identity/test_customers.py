"""sign_in_customer, join_if_new, sign_out, rename_customer, save_address, remove_address."""

import threading
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from django.core.exceptions import FieldError
from django.db import connection
from rest_framework.test import APIClient

from shop.clock import now, turned_to
from shop.errors import InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.identity.actions import (
    AddressText,
    join_if_new,
    remove_address,
    rename_customer,
    save_address,
    sign_in_customer,
    sign_out,
)
from shop.identity.errors import TooManyAddresses
from shop.identity.fields import seal, unseal
from shop.identity.models import Address, Customer, CustomerToken, Party
from shop.identity.rules import MAX_ADDRESSES
from tests import cast
from tests.make import make_address

pytestmark = pytest.mark.django_db


def signed_in(openid="o1"):
    customer, token = sign_in_customer(openid, by=cast.SYSTEM)
    return customer, token, APIClient(headers={"Authorization": f"Bearer {token}"})


def test_the_first_sign_in_joins_and_the_second_finds():
    first, one, _ = signed_in()
    second, two, _ = signed_in()
    assert first == second
    assert one != two
    assert CustomerToken.objects.count() == 2
    assert EventLog.objects.filter(kind="identity.CustomerJoined").count() == 1


def test_the_token_itself_is_nowhere_kept():
    _, token, _ = signed_in()
    kept = CustomerToken.objects.get()
    assert bytes(kept.digest) == CustomerToken.digest_of(token)
    assert token.encode() not in bytes(kept.digest)


@pytest.mark.django_db(transaction=True)
def test_joining_twice_at_once_makes_one_customer():
    barrier = threading.Barrier(6, timeout=60)

    def join():
        barrier.wait()
        join_if_new("o-race", by=cast.SYSTEM)
        connection.close()

    rivals = [threading.Thread(target=join) for _ in range(6)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join(120)
    assert Customer.objects.count() == 1
    assert Party.objects.count() == 1


def test_only_the_system_signs_customers_in():
    for by in (cast.shopper(), cast.staff("technical_lead")):
        with pytest.raises(NotAllowed):
            sign_in_customer("o2", by=by)


@pytest.mark.fault("H8")
def test_a_revoked_token_is_dead_at_once():
    customer, _, phone = signed_in()
    assert phone.get("/api/v1/me/").status_code == 200
    sign_out(customer.tokens.get(), by=cast.Actor.shopper(customer))
    assert phone.get("/api/v1/me/").status_code == 401


@pytest.mark.fault("H8")
@pytest.mark.parametrize("days", [7, 30, 31])
def test_an_idle_or_old_token_is_dead(days):
    _, _, phone = signed_in()
    with turned_to(now() + timedelta(days=days, seconds=1)):
        assert phone.get("/api/v1/me/").status_code == 401


def test_use_keeps_a_token_awake_but_never_past_thirty_days():
    _, _, phone = signed_in()
    for day in range(0, 30, 6):
        with turned_to(now() + timedelta(days=day)):
            assert phone.get("/api/v1/me/").status_code == 200
    with turned_to(now() + timedelta(days=30, seconds=1)):
        assert phone.get("/api/v1/me/").status_code == 401


def test_a_customer_is_called_by_the_name_they_chose():
    rename_customer(cast.customer(), "小明", by=cast.shopper())
    assert str(cast.customer()) == "小明"
    with pytest.raises(NotAllowed):
        rename_customer(cast.customer(), "x", by=cast.shopper("hua"))


def test_one_address_at_most_is_the_default():
    ming = cast.customer()
    for street in ("一号", "二号"):
        text = AddressText("王明", "13800001234", "浙江省", "杭州市", "", street, is_default=True)
        save_address(ming, text, by=cast.shopper())
    assert Address.objects.get(is_default=True).street == "二号"
    assert Address.objects.count() == 2


def test_an_address_can_be_corrected_and_removed():
    address = make_address(cast.customer())
    text = AddressText("王小明", "0571-88880000", "浙江省", "杭州市", "滨江区", "江南大道 1 号")
    save_address(cast.customer(), text, address, by=cast.shopper())
    assert Address.objects.get().recipient == "王小明"
    with pytest.raises(NotAllowed):
        remove_address(address, by=cast.shopper("hua"))
    remove_address(address, by=cast.shopper())
    assert not Address.objects.exists()


def test_a_wrong_phone_saves_nothing():
    text = AddressText("王明", "12345", "浙江省", "杭州市", "", "文三路 90 号")
    with pytest.raises(InvalidValue) as refusal:
        save_address(cast.customer(), text, by=cast.shopper())
    assert list(refusal.value.fields) == ["phone"]
    assert not Address.objects.exists()


def test_the_address_book_has_an_end():
    for _ in range(MAX_ADDRESSES):
        make_address(cast.customer())
    with pytest.raises(TooManyAddresses):
        make_address(cast.customer())


def test_personal_columns_are_unreadable_in_the_database():
    make_address(cast.customer())
    with connection.cursor() as cursor:
        cursor.execute("SELECT recipient, phone, street FROM identity_address")
        for column in cursor.fetchone():
            assert "王明".encode() not in bytes(column)
            assert b"13800001234" not in bytes(column)
    assert Address.objects.get().phone == "13800001234"


def test_a_value_moved_to_another_column_does_not_open():
    sealed = seal("13800001234", "identity_address.phone")
    assert unseal(sealed, "identity_address.phone") == "13800001234"
    with pytest.raises(InvalidTag):
        unseal(sealed, "orders_order.phone")


def test_an_older_key_still_reads_after_a_new_one_writes(settings):
    sealed = seal("王明", "t.c")
    settings.FIELD_KEYS = {**settings.FIELD_KEYS, 2: b"n" * 32}
    assert seal("王明", "t.c")[0] == 2
    assert unseal(sealed, "t.c") == "王明"


def test_encrypted_columns_cannot_be_searched_by_accident():
    with pytest.raises(FieldError, match="blind index"):
        Address.objects.filter(phone="13800001234").exists()
