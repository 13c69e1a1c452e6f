"""A customer who has left traces everywhere, and a search for them in everything we keep."""

from uuid import uuid4

from django.apps import apps

from analytics.actions import take_events
from analytics.rules import Sent
from catalog.actions import recall_lot
from marketing.actions import join_membership
from orders import actions
from orders.actions import open_exception, settle_recalled
from orders.models import Order, Parcel, RecalledGoods
from orders.selectors import priced
from orders.selectors.satisfaction import SATISFACTION
from shop.clock import now
from shop.events.relay import run_reactions
from shop.forms.actions.marking import correct_result
from shop.forms.actions.sheets import answer_form
from shop.forms.rules import Given
from shop.identity.actions import (
    AddressText,
    join_if_new,
    rename_customer,
    save_address,
    sign_in_customer,
)
from shop.identity.actors import Actor
from shop.identity.models import Customer
from shop.notices.actions.preferences import Answer, answer_consent
from shop.records.actions.files import keep_file, read_file
from shop.records.purposes import CUSTOMERS_PICTURE
from shop.work.actions.hand_overs import hand_over_item
from shop.work.actions.items import close_item, take_item
from shop.work.actions.logs import log_contact, note_item
from shop.work.rules import Receiver
from tests import cast
from tests.architecture.test_privacy_inventory import columns
from tests.make import make_limits, make_sku, pay
from tests.pictures import picture

NAME, PHONE, STREET, NICK = "欧阳金丝雀", "13755550199", "金丝雀巷 77 号", "雀儿的昵称"
OPENID, FILE, REMARK, SAID = (
    "openid-of-canary",
    "雀儿拍的.jpg",
    "请雀儿本人签收",
    "致电雀儿，已答复",
)
TRACES = (NAME, PHONE, STREET, NICK, OPENID, "雀儿")


def canary() -> Customer:
    """Lived through an order with a case, sent a picture, looked around, joined the members."""
    customer, _token = sign_in_customer(OPENID, by=cast.SYSTEM)
    by = Actor.shopper(customer)
    rename_customer(customer, NICK, by=by)
    text = AddressText(NAME, PHONE, "浙江省", "杭州市", "西湖区", STREET, is_default=True)
    address = save_address(customer, text, by=by)
    join_membership(customer, by=by)
    answer_consent(customer, Answer("statistics", 1, True), by=by)
    read_file(keep_file(CUSTOMERS_PICTURE, FILE, picture(), owner=customer.party, by=by), by=by)
    seen = Sent(str(uuid4()), "page_view", "home", now())
    take_events("device-of-canary", customer, [seen], by=cast.SYSTEM)
    make_limits()
    order = ordered(customer, address.pk)
    with_a_case(order)
    with_a_refusal(order)
    complete(order)
    return Customer.objects.get(pk=customer.pk)


def ordered(customer: Customer, address: int) -> Order:
    by, wanted = Actor.shopper(customer), {make_sku().pk: 1}
    actions.put_cart_line(customer, make_sku().pk, 2, by=by)
    payable = priced(wanted, customer).quote.payable_fen
    basket = actions.Basket(address, payable, lines=wanted, remark=REMARK)
    order = actions.place_order(customer, basket, by=by)
    pay(order)
    return order


def with_a_case(order: Order) -> None:
    """Staff write what they should not: the name of whom they called."""
    agent, boss = cast.staff("service_agent"), cast.staff("service_supervisor")
    case = open_exception(order, "unreachable", SAID, by=agent)
    hand_over_item(case, Receiver("service_supervisor"), SAID, by=agent)
    case = take_item(case, by=boss)
    note_item(case, SAID, by=boss)
    log_contact(case, "phone", "reached", SAID, by=boss)
    close_item(case, "goes_on", SAID, by=boss)


def with_a_refusal(order: Order) -> None:
    """The customer asks for the money back, and is told why not."""
    [line] = order.lines.all()
    by = Actor.shopper(order.customer)
    case = actions.open_case(order, {line.sku_id: 1}, "quality", REMARK, by=by)
    case = actions.refuse_case(case, SAID, by=cast.staff("service_agent"))
    said = {"result": Given(1, SAID), "words": Given(text=SAID)}
    sheet = answer_form(SATISFACTION, case.stream, said, by=by)
    correct_result(sheet, "result", 40, SAID, by=cast.staff("service_supervisor"))


def complete(order: Order) -> None:
    actions.confirm_order(order, by=cast.staff("service_agent"))
    parcel = picked_and_packed(order)
    parcel = actions.ship_parcel(parcel, "SF", f"SF77{order.pk:010d}", by=cast.staff("warehouse"))
    scan = actions.ScanNews(now(), "delivering", "派送中", "杭州市")
    actions.record_scans(parcel, [scan], by=cast.SYSTEM)
    actions.sign_order(order, by=Actor.shopper(order.customer))
    actions.complete_order(order, by=cast.SYSTEM)
    run_reactions()
    recalled(order)


def recalled(order: Order) -> None:
    """What they bought is called back, and they were called."""
    line = order.lines.get()
    lot = line.sku.lots.get()
    recall_lot(lot, "quality", by=cast.staff("compliance_reviewer"))
    run_reactions()
    row = RecalledGoods.objects.get(order=order)
    settle_recalled(row, "used_up", SAID, by=cast.staff("service_supervisor"))


def picked_and_packed(order: Order) -> Parcel:
    hand = cast.staff("warehouse")
    wave = actions.release_wave([order], by=hand)
    [line] = order.lines.select_related("sku")
    took = actions.pick(wave, actions.Scan(line.sku.code, uuid4()), by=hand)
    return actions.pack_parcel(order, {(line.sku_id, took.lot.pk): line.quantity}, by=hand)


def traces_of(*words: str) -> set[str]:
    """Every column of every table in which one of these words stands, unsealed where sealed."""
    found = set()
    for name, field in columns():
        values = apps.get_model(name.rpartition(".")[0])._default_manager.values_list(
            field.name, flat=True
        )
        if any(word in _text(value) for value in values for word in words):
            found.add(name)
    return found


def _text(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return str(value)


def stranger() -> Customer:
    """Somebody else, with an address of their own."""
    other = join_if_new("openid-of-stranger", by=cast.SYSTEM)
    text = AddressText("路人丙", "13899990000", "上海市", "上海市", "徐汇区", "漕溪北路 1 号")
    save_address(other, text, by=Actor.shopper(other))
    return other
