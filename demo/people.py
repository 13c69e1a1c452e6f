"""The demo's customers: person number n is the same person in every run and every process."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import TypeVar

from demo.content import read
from shop.identity.actions import AddressText

T = TypeVar("T")

WOMEN_SHARE = 0.62  # of those who buy health food
MEMBER_SHARE = 0.45
SECOND_ADDRESS_SHARE = 0.3


@dataclass(frozen=True)
class Person:
    """A customer. `buyer` is the name of their phone in the WeChat simulator."""

    number: int
    buyer: str
    name: str
    nickname: str
    addresses: tuple[AddressText, ...]
    is_member: bool


def people(count: int) -> Iterator[Person]:
    return map(person, range(1, count + 1))


def person(number: int) -> Person:
    """Person number `number`, from 1 to 99,999,999."""
    dice = Random(f"颐禾堂:person:{number}")
    surname, is_woman = _surname(dice), dice.random() < WOMEN_SHARE
    given = dice.choice(_words("women" if is_woman else "men"))
    return Person(
        number=number,
        buyer=f"顾客{number:04d}",
        name=surname + given,
        nickname=_nickname(dice, surname, given, is_woman),
        addresses=tuple(_addresses(dice, number, surname + given)),
        is_member=dice.random() < MEMBER_SHARE,
    )


def _nickname(dice: Random, surname: str, given: str, is_woman: bool) -> str:
    """As people call themselves in WeChat: rarely by their name."""
    child, flower = dice.choice(_words("children")), dice.choice(_words("flowers"))
    weights = {
        dice.choice(_words("phrases")): 30,
        child + ("妈妈" if is_woman else "爸爸"): 14,
        given[-1] * 2: 12,
        flower + given + flower if is_woman else given: 10,
        surname + ("姐" if is_woman else "哥"): 10,
        f"阿{given[-1]}": 8,
        f"{surname}老师": 6,
        f"小{surname}": 5,
        surname + given: 5,
    }
    return _weighed(dice, weights)


def _addresses(dice: Random, number: int, name: str) -> Iterator[AddressText]:
    """Home, and for some their mother's home, wherever that is."""
    yield replace(_address(dice, name, _phone(dice, number)), is_default=True)
    if dice.random() < SECOND_ADDRESS_SHARE:
        mother = _surname(dice) + dice.choice(_words("mothers"))
        yield _address(dice, mother, _phone(dice, number, mother=True))


def _address(dice: Random, recipient: str, phone: str) -> AddressText:
    province, city, district = _weighed(dice, _places())
    return AddressText(recipient, phone, province, city, district, _street(dice))


def _street(dice: Random) -> str:
    """Road, number, estate, building and flat: 建设路118号翠湖小区6栋2单元1103室."""
    road, estate = dice.choice(_words("roads")), dice.choice(_words("estates"))
    building = f"{dice.randint(1, 32)}栋{dice.randint(1, 3)}单元"
    flat = f"{dice.randint(1, 18)}{dice.randint(1, 4):02d}室"
    return f"{road}{dice.randint(1, 420)}号{estate}{building}{flat}"


def _phone(dice: Random, number: int, *, mother: bool = False) -> str:
    """Valid, nobody's, and unlike every other person's: the last eight digits are the number."""
    segments = _words("segments")[mother::2]
    return f"{dice.choice(segments)}{number:08d}"


def _surname(dice: Random) -> str:
    return _weighed(dice, _surnames())


def _weighed(dice: Random, weights: Mapping[T, int]) -> T:
    return dice.choices(list(weights), list(weights.values()))[0]


@cache
def _surnames() -> dict[str, int]:
    words = _words("surnames")
    return dict(zip(words[::2], map(int, words[1::2]), strict=True))


@cache
def _places() -> dict[tuple[str, str, str], int]:
    words = _words("places")
    divisions = zip(words[::4], words[1::4], words[2::4], strict=True)
    return dict(zip(divisions, map(int, words[3::4]), strict=True))


@cache
def _words(name: str) -> list[str]:
    text: str = read("people.toml")[name]
    return text.split()
