"""Consents with their version, wishes, allowed messages: by action and through the API."""

from dataclasses import replace
from datetime import time

import pytest

from shop.errors import InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.identity.actors import Actor
from shop.notices.actions.preferences import (
    Answer,
    Choice,
    allow_messages,
    set_preferences,
    set_wishes,
)
from shop.notices.errors import ConsentOutdated
from shop.notices.kinds import PURPOSES, REMINDERS
from shop.notices.models import Allowance, Consent, Wishes
from shop.notices.rules import MOST_ALLOWED
from tests import cast
from tests.notices.cases import TEMPLATES

pytestmark = pytest.mark.django_db
YES, NO = Answer("reminder", 1, True), Answer("reminder", 1, False)


def say(*answers, wechat=True, name="ming"):
    set_preferences(cast.customer(name), answers, wechat, by=cast.shopper(name))


def told(stream):
    facts = EventLog.objects.filter(stream=stream).order_by("seq")
    return [fact.kind.partition(".")[2] for fact in facts if fact.kind.startswith("notices.")]


def test_each_change_is_a_row_and_a_fact_and_saying_it_again_is_neither():
    for answer in (NO, YES, YES, NO, NO, YES):
        say(answer)
    assert Consent.objects.count() == 2
    assert Consent.objects.in_force().get().version == 1
    assert told(cast.customer().stream) == ["ConsentGiven", "ConsentWithdrawn", "ConsentGiven"]


def test_what_is_not_answered_stays():
    say(YES)
    say(wechat=False)
    assert Consent.objects.in_force().exists()
    assert not Wishes.objects.get().wechat
    assert told(cast.customer().stream) == ["ConsentGiven", "ChannelWished"]


def test_a_text_that_has_changed_must_be_read_again(monkeypatch):
    say(YES)
    monkeypatch.setitem(PURPOSES, "reminder", replace(REMINDERS, version=2))
    with pytest.raises(ConsentOutdated):
        say(YES, wechat=False)
    assert not Wishes.objects.exists(), "refused as a whole"
    say(replace(YES, version=2))
    assert [c.version for c in Consent.objects.in_force()] == [2]
    say(replace(NO, version=1))
    assert not Consent.objects.in_force().exists(), "withdrawing is never refused"


def test_an_unknown_purpose_is_refused():
    with pytest.raises(InvalidValue):
        say(Answer("anything", 1, True))


def test_customers_decide_for_themselves_alone():
    for act in (
        lambda: set_preferences(cast.customer("a"), [YES], True, by=cast.shopper("b")),
        lambda: allow_messages(cast.customer("a"), ["x"], by=cast.shopper("b")),
        lambda: set_preferences(cast.customer("a"), [YES], True, by=cast.staff("director")),
    ):
        with pytest.raises(NotAllowed):
            act()


class TestAllowances:
    @pytest.fixture(autouse=True)
    def _set_up(self, templates):
        pass

    def allow(self, *names):
        ids = [TEMPLATES.get(name, name) for name in names]
        return allow_messages(cast.customer(), ids, by=cast.shopper())

    def test_each_tap_is_good_for_one(self):
        assert self.allow("order_paid", "order_shipped") == {"order_paid": 1, "order_shipped": 1}
        assert self.allow("order_paid") == {"order_paid": 2}

    @pytest.mark.parametrize("names", [[], ["unknown"], ["order_paid", "unknown"], list(TEMPLATES)])
    def test_none_unknown_or_too_many_change_nothing(self, names):
        with pytest.raises(InvalidValue):
            self.allow(*names)
        assert not Allowance.objects.exists()

    def test_nobody_hoards(self):
        Allowance.objects.create(
            customer=cast.customer(), template="order_paid", remaining=MOST_ALLOWED
        )
        assert self.allow("order_paid") == {"order_paid": MOST_ALLOWED}


class TestStaff:
    def choose(self, **changes):
        known = {"email": "li@shop.example", "mail": True, "language": "en"}
        user = cast.staff("warehouse").user
        return set_wishes(user, Choice(**known | changes), by=Actor.staff(user))

    def test_a_choice_is_kept_whole(self):
        wishes = self.choose(quiet_begins=time(22), quiet_ends=time(7))
        assert wishes.quiet.begins == time(22)
        assert cast.staff("warehouse").user.email == "li@shop.example"
        assert self.choose().quiet is None
        assert Wishes.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"quiet_begins": time(22)}, "quiet_ends"),
            ({"quiet_ends": time(22)}, "quiet_ends"),
            ({"language": "fr"}, "language"),
            ({"email": "li@shop.example\r\nBcc: all@shop.example"}, "email"),
            ({"email": "a, b@shop.example"}, "email"),
        ],
    )
    def test_bad_input_is_named_and_changes_nothing(self, changes, field):
        with pytest.raises(InvalidValue) as refused:
            self.choose(**changes)
        assert list(refused.value.fields) == [field]
        assert not Wishes.objects.exists()
        assert cast.staff("warehouse").user.email == ""

    def test_nobody_chooses_for_others(self):
        with pytest.raises(NotAllowed):
            set_wishes(
                cast.staff("warehouse").user,
                Choice("", True, "en"),
                by=cast.staff("director"),
            )
