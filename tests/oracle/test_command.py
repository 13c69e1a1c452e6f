"""manage.py oracle: the table, the exit, the evidence from files and from the simulator."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from catalog.models import Offer
from orders.actions import settle_payment
from orders.flows import pay_order
from orders.models import Payment
from shop import invariants
from shop.events.relay import run_reactions
from shop.identity.actions import join_if_new
from shop.identity.actors import Actor
from shop.invariants import INVARIANTS
from tests import cast
from tests.make import make_order, receipt_for

pytestmark = pytest.mark.django_db(transaction=True)


def told(capsys, *options):
    call_command("oracle", *options)
    return capsys.readouterr().out


def test_a_sound_shop_passes_and_each_promise_has_a_line(capsys):
    make_order("paid")
    lines = told(capsys).splitlines()
    assert {line[:4].strip() for line in lines[1:-1]} == {one.code for one in INVARIANTS.values()}
    assert lines[-1].split(", ")[1] == "0 broken"


def test_what_examined_nothing_says_so_and_is_not_kept(capsys):
    lines = told(capsys, "--only", "O1").splitlines()
    assert all("no case" in line for line in lines[1:-1])
    assert lines[-1].startswith("0 kept, 0 broken, 20 without a case")


def test_a_breach_is_named_and_ends_with_1(capsys):
    order = make_order("paid")
    sku = order.lines.get().sku
    Offer.objects.filter(sku=sku).update(available=7)
    with pytest.raises(SystemExit) as end:
        call_command("oracle", "--only", "O1")
    assert end.value.code == 1
    assert f"✗ {sku.code}: expected 99, found 7" in capsys.readouterr().out


def test_it_changes_nothing_and_sees_one_moment():
    seen = []

    def look(execute, statement, values, many, context):
        seen.append(statement)
        return execute(statement, values, many, context)

    with connection.execute_wrapper(look):
        call_command("oracle", "--only", "O1")
    assert seen[0].endswith("REPEATABLE READ READ ONLY")


def test_the_simulators_books_are_asked(wechat, simulator, capsys, monkeypatch):
    monkeypatch.setattr(invariants, "SHOWN", 10_000)  # its books hold other tests' trades too
    customer = join_if_new(wechat.login_code("ming")[1], by=cast.SYSTEM)
    order = make_order("unpaid", customer=customer)
    before = len(wechat.transactions())
    pay_order(order, by=Actor.shopper(customer))
    [trade] = wechat.transactions()[before:]
    payment = Payment.objects.get()
    assert trade["out_trade_no"] == payment.out_trade_no
    settle_payment(receipt_for(payment), by=cast.SYSTEM)  # no money ever came
    run_reactions()
    with pytest.raises(SystemExit):
        call_command("oracle", "--only", "O3", "--books", simulator.url)
    assert f"✗ {payment.out_trade_no}: expected nothing, found" in capsys.readouterr().out


def test_a_history_is_read(tmp_path, capsys):
    sent = {"method": "POST", "path": "/api/v1/orders/", "key": "k" * 16, "at": "2026-11-22T00:00Z"}
    got = {"status": 201, "body": json.dumps({"number": "261122000000000001"})}
    file = tmp_path / "history"
    file.write_text(
        json.dumps({"call": 1, "event": "invoke"} | sent)
        + "\n"
        + json.dumps({"call": 1, "event": "ok", "at": "2026-11-22T00:00Z"} | got)
    )
    with pytest.raises(SystemExit):
        call_command("oracle", "--only", "O10", "--history", str(file))
    assert "✗ call 1: expected 261122000000000001, found no such order" in capsys.readouterr().out


def test_a_log_is_searched(tmp_path, capsys):
    make_order("paid")
    file = tmp_path / "log"
    file.write_text("nobody here: 13800009999\nsomebody here: 13800001234\n")
    with pytest.raises(SystemExit):
        call_command("oracle", "--only", "O13", "--log", str(file))
    assert "✗ line 2: expected nothing, found somebody" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options",
    [
        ("--only", "O99"),
        ("--history", "/nowhere"),
        ("--log", "/nowhere"),
        ("--books", "http://127.0.0.1:9"),
    ],
)
def test_evidence_that_cannot_be_read_is_said(options):
    with pytest.raises(CommandError):
        call_command("oracle", *options)
