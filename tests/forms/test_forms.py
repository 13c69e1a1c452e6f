"""Forms: drafted, changed, published once and for good, retired."""

import pytest
from django.db import DatabaseError, transaction

from shop.errors import IllegalTransition, InvalidValue, NotAllowed
from shop.events.models import EventLog
from shop.forms.actions.forms import (
    FLAWS,
    Draft,
    draft_form,
    edit_form,
    establish_form,
    publish_form,
    retire_form,
    revise_form,
)
from shop.forms.errors import DraftMoved, FormFlawed, NoFormInForce
from shop.forms.kinds import USES, FormUse, Terms
from shop.forms.models import Form, FormVersion
from shop.forms.rules import Content
from shop.forms.selectors import in_force
from tests import cast
from tests.forms.contents import AUDIT, CHECKLIST, anybody, bank, by, drafted, published

pytestmark = pytest.mark.django_db


def test_a_form_is_drafted_changed_published_and_then_stays():
    version = drafted(name="上架商品巡检")
    assert (version.number, version.edits, version.status) == (1, 1, "draft")
    published_now = publish_form(version, by=by())
    assert published_now.asks == CHECKLIST
    assert in_force(AUDIT, "上架商品巡检") == published_now
    kinds = EventLog.objects.filter(stream=version.stream).values_list("kind", flat=True)
    assert set(kinds) == {"forms.FormDrafted", "forms.FormEdited", "forms.FormPublished"}


def test_what_was_published_is_not_changed_by_any_way():
    version = published()
    with pytest.raises(FormFlawed):
        edit_form(version, Draft(bank(3, 0), Terms()), version.edits, by=by())
    for change in ({"content": {}}, {"pass_bp": 1}, {"four_eyes": False}):
        with pytest.raises(DatabaseError), transaction.atomic():
            FormVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        version.delete()


def test_a_flawed_form_is_kept_as_a_draft_and_says_what_is_wrong():
    version = drafted(Content())
    with pytest.raises(FormFlawed, match=str(FLAWS["empty"])):
        publish_form(version, by=by())
    version.refresh_from_db()
    assert version.status == "draft"


def test_two_people_on_one_draft_do_not_overwrite_each_other():
    version = drafted()
    edit_form(version, Draft(bank(3, 0), Terms()), version.edits, by=by())
    with pytest.raises(DraftMoved):
        edit_form(version, Draft(bank(4, 0), Terms()), version.edits, by=by())
    version.refresh_from_db()
    assert version.asks == bank(3, 0)


def test_the_next_version_takes_the_place_of_the_one_before():
    first = published(name="巡检")
    second = revise_form(first, by=by())
    assert (second.number, second.asks) == (2, CHECKLIST)
    with pytest.raises(InvalidValue):
        revise_form(first, by=by())
    publish_form(second, by=by())
    first.refresh_from_db()
    assert (first.status, in_force(AUDIT, "巡检")) == ("retired", second)


def test_a_retired_form_is_in_force_no_more():
    version = published(name="巡检")
    retire_form(version, by=by())
    with pytest.raises(NoFormInForce):
        in_force(AUDIT, "巡检")
    with pytest.raises(IllegalTransition):
        retire_form(version, by=by())


@pytest.mark.parametrize(
    ("use", "name"), [("nothing", "a"), (AUDIT.code, " "), (AUDIT.code, "长" * 81)]
)
def test_a_use_and_a_name_are_needed(use, name):
    with pytest.raises(InvalidValue):
        draft_form(use, name, by=by())
    assert not Form.objects.exists()


def test_a_name_is_given_once():
    drafted(name="巡检")
    with pytest.raises(InvalidValue):
        draft_form(AUDIT.code, "巡检", by=by())


@pytest.mark.parametrize("terms", [Terms(pass_bp=10_001), Terms(minutes=601), Terms(attempts=21)])
def test_limits_have_limits(terms):
    with pytest.raises(InvalidValue):
        drafted(terms=terms)


def test_the_house_begins_with_a_form_of_its_own(monkeypatch):
    use = FormUse("tests.own", "own", "A1", {}, anybody, first=CHECKLIST)
    monkeypatch.setitem(USES, use.code, use)
    first = establish_form(use, by=cast.SYSTEM)
    assert (first.status, str(first.form)) == ("published", "own")
    staffs = publish_form(revise_form(first, by=by()), by=by())
    assert establish_form(use, by=cast.SYSTEM) == staffs, "what staff made of it stays"


@pytest.mark.parametrize("act", ["draft", "edit", "revise", "publish", "retire"])
def test_who_may_not_does_not(act):
    version, hand = drafted(), cast.staff("warehouse")
    acts = {
        "draft": lambda: draft_form(AUDIT.code, "x", by=hand),
        "edit": lambda: edit_form(version, Draft(CHECKLIST, Terms()), 1, by=hand),
        "revise": lambda: revise_form(version, by=hand),
        "publish": lambda: publish_form(version, by=hand),
        "retire": lambda: retire_form(version, by=hand),
    }
    with pytest.raises(NotAllowed):
        acts[act]()
    assert FormVersion.objects.get().edits == 1
