"""Every action: a promise in words, an actor by keyword, a permission first, and a test."""

import ast
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from django.contrib.auth.models import Permission

from shop.events.outbox import EVENTS, REACTIONS
from shop.identity.roles import CUSTOMER, ROLES

ROOT = Path(__file__).parents[2]
ROOMS = sorted(
    path
    for pattern in ("**/actions.py", "**/actions/*.py")
    for path in ROOT.glob(pattern)
    if not {".venv", "tests", "var"} & set(path.parts)
)
WRITES = {"save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create",
          "update_or_create"}  # fmt: skip


def app_of(room):
    return room.parent.parent.name if room.parent.name == "actions" else room.parent.name


def actions():
    for room in ROOMS:
        for node in ast.parse(room.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield pytest.param(room, node, id=f"{app_of(room)}.{node.name}")


@pytest.mark.parametrize(("room", "action"), list(actions()))
def test_has_a_promise_an_actor_and_its_permission(room, action):
    assert ast.get_docstring(action), "say what it promises"
    assert [argument.arg for argument in action.args.kwonlyargs][-1:] == ["by"]
    required = [
        call.args[0].value
        for call in ast.walk(action)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "by.require"
    ]
    assert len(required) == 1, "by.require(…) once"
    app, _dot, permission = required[0].partition(".")
    assert app == app_of(room)
    assert permission == action.name or required[0] in SHARED.get(action.name, ())


# Actions that are one step of another's use case and carry its permission.
SHARED = {
    "edit_form": ("forms.draft_form",),
    "start_sheet": ("forms.fill_sheet",),
    "save_answer": ("forms.fill_sheet",),
    "submit_sheet": ("forms.fill_sheet",),
    "answer_form": ("forms.fill_sheet",),
    "ship_units": ("catalog.move_shipped",),
    "answer_consent": ("notices.set_preferences",),
    "keep_job_file": ("work.start_job",),
    "hand_over_items": ("work.hand_over_item",),
    "read_all_notices": ("notices.read_notice",),
    "pick_as_listed": ("orders.pick",),
    "end_picking": ("orders.pick",),
    "begin_payment": ("orders.pay_order",),
    "begin_waybill": ("orders.order_waybill",),
    "record_waybill": ("orders.order_waybill",),
    "record_waybill_refused": ("orders.order_waybill",),
    "record_waybill_given_back": ("orders.order_waybill",),
    "record_prepay": ("orders.pay_order",),
    "keep_token_awake": ("identity.sign_out",),
    "confirm_device": ("identity.enrol_device",),
    "edit_calendar_day": ("timing.edit_calendar",),
    "clear_calendar_day": ("timing.edit_calendar",),
    "announce_calendar_year": ("timing.edit_calendar",),
    "edit_calendar_week": ("timing.edit_calendar",),
    "publish_calendar_version": ("timing.edit_calendar",),
    "establish_shop_calendar": ("timing.establish_calendar",),
    "shop_calendar": ("timing.establish_calendar",),
    "discard_calendar_draft": ("timing.edit_calendar",),
}


@pytest.mark.parametrize(("room", "action"), list(actions()))
def test_is_tested(room, action):
    tests = (path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert any(action.name in text for text in tests), f"no test names {action.name}"


@pytest.mark.django_db
def test_every_permission_of_staff_exists_and_every_custom_one_is_held():
    existing = {
        f"{app}.{name}"
        for app, name in Permission.objects.values_list("content_type__app_label", "codename")
    }
    held = set().union(*(role.permissions for role in ROLES))
    assert held <= existing, held - existing
    own = {p for p in existing if p.split(".")[0] in OURS}
    custom = {
        p for p in own if not p.split(".")[1].startswith(("add_", "change_", "delete_", "view_"))
    }
    assert custom <= held, f"no role holds {custom - held}"
    assert not CUSTOMER.permissions & {p for p in held if "view_" in p}


OURS = frozenset(
    [
        "analytics",
        "catalog",
        "orders",
        "events",
        "forms",
        "notices",
        "records",
        "rights",
        "timing",
        "work",
    ]
)


def sources():
    for app in ("shop", "catalog", "marketing", "orders", "analytics"):
        for path in (ROOT / app).rglob("*.py"):
            if not {"migrations", "actions"} & set(path.parts) and path.name != "actions.py":
                yield path


# The machinery below the actions, and what has no rows to speak of.
MAY_WRITE = {
    "shop/events/relay.py": "settles deliveries",
    "shop/timing/sweeper.py": "settles timers",
    "shop/records/sealer.py": "chains the logs",
    "shop/records/trail.py": "writes what people did beside facts",
    "shop/timing/planner.py": "plans slots and settles their runs",
    "shop/vendors": "no rows there",
    "shop/doors/cache.py": "the cache",
    "shop/doors/api/caching.py": "the cache",
    "shop/doors/api/keys.py": "answers given, no facts",
}


@pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in sources()])
def test_only_actions_write_rows(path):
    if any(str(path.relative_to(ROOT)).startswith(prefix) for prefix in MAY_WRITE):
        return
    writes = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
        and "objects" in ast.unparse(node.func)
    ]
    assert not writes


@pytest.mark.parametrize("path", [pytest.param(p, id=str(p.relative_to(ROOT))) for p in sources()])
def test_no_signals_no_eta_no_retry(path):
    text = path.read_text()
    for word in ("@receiver", "countdown=", "eta=", ".retry(", ".delay("):
        assert word not in text, word


def test_every_event_says_what_it_means_and_holds_no_text_of_persons():
    for kind, event in EVENTS.items():
        assert event.__doc__, kind
        assert str(event.label), kind
        fields = set(event.__dataclass_fields__)
        assert not fields & {"phone", "name", "recipient", "street", "openid", "nickname"}, kind


def test_every_reaction_belongs_to_a_known_event():
    for reaction in REACTIONS.values():
        assert set(reaction.kinds) <= EVENTS.keys()
        assert reaction.run.__name__ == reaction.name.split(".")[1]


def test_every_reaction_takes_the_events_it_is_registered_for():
    for reaction in REACTIONS.values():
        taken = get_type_hints(reaction.run)["event"]
        assert set(get_args(taken) or [taken]) == {EVENTS[kind] for kind in reaction.kinds}
