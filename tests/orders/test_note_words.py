"""What customers write is judged by WeChat: refused, looked at by people, or checked later."""

from datetime import timedelta
from uuid import uuid4

import pytest

from orders import flows
from orders.actions import note_words
from orders.models import AfterSalesCase, Order
from shop.clock import now, turned_to
from shop.errors import NotAllowed
from shop.events.models import Delivery
from shop.events.relay import run_reactions
from shop.identity.actions import sign_in_customer
from shop.vendors.wechat.content import Verdict, get_content_check
from shop.work.models import WorkItem
from tests import cast
from tests.faults.resilience.staging import device
from tests.make import make_address, make_order, make_sku
from tests.orders.wechat_money import buyer_of

pytestmark = pytest.mark.django_db
CALL = "POST /wxa/msg_sec_check"


@pytest.fixture
def ming(wechat):
    return buyer_of(wechat)


def post(customer, path, body):
    _customer, token = sign_in_customer(customer.openid, by=cast.SYSTEM)
    key = {"Idempotency-Key": uuid4().hex}
    return device(token).post(path, body, content_type="application/json", headers=key)


def order_with(customer, remark, sku=None):
    body = {
        "address": make_address(customer).pk,
        "payable_fen": 12_800,
        "lines": [{"sku": (sku or make_sku()).pk, "quantity": 1}],
        "remark": remark,
    }
    return post(customer, "/api/v1/orders/", body)


def to_look_at():
    items = WorkItem.objects.open().filter(kind="words_to_review")
    return list(items.values_list("subject", "reason"))


def test_harmless_words_are_nobodys_work(ming):
    assert order_with(ming, "请放门卫处").status_code == 201
    assert to_look_at() == []
    assert not Delivery.objects.filter(reaction="orders.check_words_later").exists()


def test_unlawful_words_are_refused_with_their_field_and_nothing_is_ordered(ming):
    answer = order_with(ming, "代开发票联系我")
    assert (answer.status_code, answer.json()["code"]) == (400, "words-refused")
    [error] = answer.json()["errors"]
    assert error == {"field": "remark", "message": "文字内容含违规信息，请修改后重新提交。"}
    assert not Order.objects.exists()


def test_what_is_in_doubt_is_taken_and_service_looks_at_it(ming, oracle):
    cast.staff("service_agent")
    assert order_with(ming, "到货加微信").status_code == 201
    order = Order.objects.get()
    assert to_look_at() == [(order.stream, "review")]
    assert WorkItem.objects.get().role == "service_agent"


def test_without_words_wechat_is_not_asked(ming, wechat):
    before = wechat.calls().get(CALL, 0)
    assert order_with(ming, " ").status_code == 201
    assert wechat.calls().get(CALL, 0) == before


def test_the_words_of_a_case_likewise(ming, wechat):
    order = make_order("signed", customer=ming)
    body = {
        "order": order.number,
        "reason": "quality",
        "lines": [{"sku": order.lines.get().sku_id, "quantity": 1}],
        "note": "赌博",
    }
    refused = post(ming, "/api/v1/after-sales/", body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "note")
    wechat.set_faults(content_errcode=-1)
    assert post(ming, "/api/v1/after-sales/", body).status_code == 201
    case = AfterSalesCase.objects.get()
    assert to_look_at() == []
    wechat.clear_faults()
    run_reactions()
    assert to_look_at() == [(case.stream, "risky")]


def test_nothing_that_was_taken_unchecked_is_forgotten(ming, wechat):
    wechat.set_faults(content_errcode=-1)
    assert order_with(ming, "私下转账").status_code == 201
    run_reactions()
    owed = Delivery.objects.get(reaction="orders.check_words_later")
    assert (owed.state, to_look_at()) == ("pending", [])
    wechat.clear_faults()
    with turned_to(now() + timedelta(hours=1)):
        run_reactions()
    assert to_look_at() == [(Order.objects.get().stream, "review")]
    flows.check_words(Order.objects.get(), None, by=cast.SYSTEM)
    assert len(to_look_at()) == 1


@pytest.mark.parametrize("errcode", [61010, 40003])
def test_whom_wechat_does_not_judge_people_read(ming, wechat, errcode):
    wechat.set_faults(content_errcode=errcode)
    assert flows.weigh_words(ming, "你好", "remark") == "review"


def test_a_repeat_of_the_same_order_is_the_same_answer(ming):
    sku = make_sku()
    _customer, token = sign_in_customer(ming.openid, by=cast.SYSTEM)
    body = {
        "address": make_address(ming).pk,
        "payable_fen": 12_800,
        "lines": [{"sku": sku.pk, "quantity": 1}],
        "remark": "到货加微信",
    }
    key = {"Idempotency-Key": uuid4().hex}
    first, again = (
        device(token).post("/api/v1/orders/", body, content_type="application/json", headers=key)
        for _ in range(2)
    )
    assert first.content == again.content
    assert len(to_look_at()) == 1


def test_only_the_system_notes_a_verdict(ming):
    with pytest.raises(NotAllowed):
        note_words(make_order("unpaid"), None, "review", by=cast.staff("service_agent"))


def test_the_documents_own_test_text_is_risky(wechat, ming):
    text = "特3456书yuuo莞6543李zxcz蒜7782法fgnv级"
    assert get_content_check().verdict(text, ming.openid) is Verdict.RISKY
    assert get_content_check().verdict("好" * 5_000, ming.openid) is Verdict.PASS
