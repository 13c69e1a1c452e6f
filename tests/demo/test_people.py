"""The same people in every run, nobody's phone, addresses that an order accepts."""

import re

from demo.people import people, person
from demo.staff import STAFF
from orders.rules import SHORTEST_STREET
from shop.identity.roles import ROLES
from shop.identity.rules import is_phone

CROWD = list(people(300))


def test_person_n_is_always_the_same_and_unlike_the_others():
    assert list(people(300)) == CROWD
    assert person(17) == CROWD[16]
    assert len({one.buyer for one in CROWD}) == 300
    assert len({one.name for one in CROWD}) > 200


def test_phones_are_valid_fictional_and_never_shared():
    phones = [address.phone for one in CROWD for address in one.addresses]
    assert all(is_phone(phone) and re.fullmatch(r"1\d\d0000\d{4}", phone) for phone in phones)
    assert len(set(phones)) == len(phones)


def test_everybody_has_one_default_address_that_can_be_delivered_to():
    for one in CROWD:
        assert [address.is_default for address in one.addresses].count(True) == 1
        for address in one.addresses:
            assert len(address.street) >= SHORTEST_STREET
            assert address.province[-1] in "省市区"
            assert address.city[-1] == "市"


def test_names_are_as_frequent_as_in_life():
    surnames = [one.name[0] for one in CROWD]
    assert surnames.count("王") + surnames.count("李") + surnames.count("张") > 300 * 0.12
    assert 0.3 < sum(one.is_member for one in CROWD) / 300 < 0.6


def test_nicknames_fit_and_are_rarely_the_real_name():
    assert all(0 < len(one.nickname) <= 20 for one in CROWD)
    assert sum(one.nickname == one.name for one in CROWD) < 300 * 0.15


def test_every_post_is_held_and_every_username_is_easy_to_type():
    assert {one.role for one in STAFF} == {role.code for role in ROLES}
    assert all(re.fullmatch(r"[a-z]{4,9}\d?", one.username) for one in STAFF)
    assert len({one.username for one in STAFF}) == len(STAFF)
