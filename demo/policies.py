"""The demo's written rules: drafted and published by those whose work it is, read by most."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, partial
from random import Random

from demo import rhythm
from demo.content import read
from demo.listing import FIRST_LISTING_DAYS_AGO
from demo.timeline import Act, Cast
from orders.actions import set_limits
from orders.rules import Limits
from shop.identity.actors import Actor
from shop.records.actions.channels import register_channel
from shop.records.actions.policies import (
    confirm_reading,
    draft_policy_version,
    establish_policy,
    publish_policy_version,
)
from shop.records.models import Channel, PolicyVersion

USUAL = Limits(most_units=50, most_fen=2_000_000, most_orders=20)
OPENED_DAYS_AGO = FIRST_LISTING_DAYS_AGO + 1
READ_SHARE = 0.85
CHANNELS = (
    ("mini_program", Channel.Kind.MINI_PROGRAM, "微信小程序"),
    ("agents", Channel.Kind.AGENT, "微商代理"),
    ("hangzhou_shop", Channel.Kind.OFFLINE, "杭州体验店"),
)


@dataclass(frozen=True)
class VersionSheet:
    """A version as its author hands it in: so many days after the shop opened, or before today."""

    text: str
    days: int = 0
    days_ago: int | None = None
    changes: str = ""

    def day(self, today: date) -> date:
        if self.days_ago is not None:
            return today - timedelta(days=self.days_ago)
        return today - timedelta(days=OPENED_DAYS_AGO - self.days)


@dataclass(frozen=True)
class PolicySheet:
    """A policy with its versions."""

    code: str
    title: str
    audience: str
    version: tuple[VersionSheet, ...]
    posts: tuple[str, ...] = ()

    @property
    def author(self) -> str:
        """Operations write for customers, HR for staff."""
        return "yunying" if self.audience == "customers" else "renshi1"


@cache
def sheets() -> list[PolicySheet]:
    return [
        PolicySheet(**{**entry, "version": tuple(VersionSheet(**v) for v in entry["version"])})
        for entry in read("policies.toml")["policy"]
    ]


def rules(today: date, cast: Cast) -> Iterator[Act]:
    """The first versions stand before the first product does."""
    opened = today - timedelta(days=OPENED_DAYS_AGO)
    yield Act(rhythm.at(opened, time(9, 10)), partial(register_channels, cast))
    for sheet in sheets():
        for version in sheet.version:
            drafted_at = rhythm.at(version.day(today), time(9, 20))
            yield Act(drafted_at, partial(draft, sheet, version, cast))
            yield Act(drafted_at + timedelta(minutes=25), partial(put_in_force, sheet, cast))
            if sheet.audience != "customers":
                yield from readings(sheet, drafted_at, cast)
    next_day = opened + timedelta(days=1)  # when the standard of service is in force
    yield Act(rhythm.at(next_day, time(10, 30)), partial(limit_orders, cast))


def register_channels(cast: Cast) -> None:
    for code, kind, name in CHANNELS:
        register_channel(code, kind, name, by=cast.staff["yunying"])


def draft(sheet: PolicySheet, version: VersionSheet, cast: Cast) -> None:
    by = cast.staff[sheet.author]
    policy = establish_policy(sheet.code, sheet.title, sheet.audience, sheet.posts, by=by)
    draft_policy_version(policy, version.text, version.changes, by=by)


def put_in_force(sheet: PolicySheet, cast: Cast) -> None:
    version = PolicyVersion.objects.get(policy__code=sheet.code, status="draft")
    publish_policy_version(version, by=cast.staff["zongjian"])


def limit_orders(cast: Cast) -> None:
    """What is unusual for a shop of this size, under the standard of its service."""
    standard = PolicyVersion.objects.get(policy__code="service-standard", number=1)
    set_limits(standard, USUAL, window_hours=24, by=cast.staff["kefu"])


def readings(sheet: PolicySheet, published_at: datetime, cast: Cast) -> Iterator[Act]:
    """Most confirm within two days, at work; somebody always has to be reminded."""
    dice = Random(f"颐禾堂:{sheet.code}:{published_at}")
    for actor in cast.staff.values():
        later, minutes = dice.randint(0, 2), dice.randint(60, 480)
        if dice.random() < READ_SHARE:
            at = published_at + timedelta(days=later, minutes=minutes)
            yield Act(at, partial(read_it, sheet, actor))


def read_it(sheet: PolicySheet, actor: Actor) -> None:
    newest = PolicyVersion.objects.filter(policy__code=sheet.code).latest("number")
    if newest.policy.is_for(actor.user):  # type: ignore[arg-type]
        confirm_reading(newest, by=actor)
