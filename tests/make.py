"""States of the shop, reached by calling actions, never by setting columns."""

from datetime import timedelta
from itertools import count

from catalog.actions import (
    ProductCard,
    approve_revision,
    draft_product,
    price_sku,
    publish_revision,
    receive_stock,
    submit_revision,
)
from catalog.models import Brand, Category, Product, Sku
from catalog.rules import HEALTH_FOOD_NOTICE
from orders import actions
from orders.models import AfterSalesCase, Order, OrderLimits, Payment, Refund
from orders.rules import Limits
from orders.selectors import priced
from orders.selectors.waves import units_at_packing
from shop.clock import now, turned_to
from shop.events.relay import run_reactions
from shop.identity.actions import AddressText, save_address
from shop.identity.actors import Actor
from shop.identity.models import Address, Customer
from shop.records.actions.files import keep_file
from shop.records.actions.policies import (
    draft_policy_version,
    establish_policy,
    publish_policy_version,
)
from shop.records.models import Policy, PolicyVersion, StoredFile
from shop.records.purposes import CUSTOMERS_PICTURE
from shop.timing.actions.calendars import establish_calendar
from shop.timing.holidays import announced_years
from shop.timing.models import Calendar
from shop.timing.rules import SHOP_WEEK
from tests import cast
from tests.pictures import picture

_numbers = count(1)

FISH_OIL = {
    "title": "颐禾牌深海鱼油软胶囊",
    "approval_number": "国食健注G20200117",
    "efficacy": "有助于维持血脂健康水平",
    "ingredients": "鱼油、明胶、纯化水、甘油、维生素E",
    "functional_components": "每100g含：EPA 18g、DHA 12g",
    "suitable_for": "血脂偏高者",
    "unsuitable_for": "少年儿童、孕妇、乳母",
    "usage": "每日2次，每次1粒，口服",
    "storage": "密封，置阴凉干燥处",
    "shelf_life": "24个月",
    "origin": "山东威海",
    "manufacturer": "威海禾润生物科技有限公司",
    "after_sales_terms": "签收之日起七日内，未拆封可无理由退货。",
    "notice": HEALTH_FOOD_NOTICE,
}


def make_product(*, stock: int = 100, price_fen: int = 12_800, member_price_fen: int | None = None,
                 specifications: tuple[str, ...] = ("60粒/瓶",)) -> Product:  # fmt: skip
    """A published health food; `stock` units of each specification."""
    n = next(_numbers)
    brand, _ = Brand.objects.get_or_create(name="颐禾")
    category, _ = Category.objects.get_or_create(slug="fish-oil", defaults={"name": "鱼油"})
    card = ProductCard(f"T{n:05d}", "health_food", brand, category, specifications)
    revision = draft_product(card, FISH_OIL, by=cast.staff("operations_manager"))
    submit_revision(revision, by=cast.staff("operations_manager"))
    approve_revision(revision, by=cast.staff("compliance_reviewer"))
    for sku in revision.product.skus.all():
        price_sku(sku, price_fen, member_price_fen, by=cast.staff("operations_manager"))
        if stock:
            receive_stock(sku, stock, f"GR-{n}", by=cast.staff("warehouse"))
    publish_revision(revision, by=cast.staff("technical_lead"))
    return Product.objects.get(pk=revision.product_id)


def make_new_sku(price_fen: int = 12_800) -> Sku:
    """The one specification of a product that was priced and not published yet."""
    n = next(_numbers)
    brand, _ = Brand.objects.get_or_create(name="颐禾")
    category, _ = Category.objects.get_or_create(slug="fish-oil", defaults={"name": "鱼油"})
    card = ProductCard(f"T{n:05d}", "health_food", brand, category, ("60粒/瓶",))
    by = cast.staff("operations_manager")
    sku = draft_product(card, FISH_OIL, by=by).product.skus.get()
    price_sku(sku, price_fen, by=by)
    return sku


def make_sku(**product: object) -> Sku:
    """The one specification of a new product."""
    return make_product(**product).skus.get()  # type: ignore[arg-type]


def make_address(customer: Customer) -> Address:
    text = AddressText("王明", "13800001234", "浙江省", "杭州市", "西湖区", "文三路 90 号 2 幢 301")
    return save_address(customer, text, by=Actor.shopper(customer))


STEPS = ("unpaid", "paid", "confirmed", "shipped", "signed", "completed")


def make_order(status: str = "unpaid", *, customer: Customer | None = None, sku: Sku | None = None,
               quantity: int = 1) -> Order:  # fmt: skip
    """An order that lived up to this state, reactions included."""
    customer = customer or cast.customer()
    sku = sku or make_sku()
    address = customer.party.addresses.first() or make_address(customer)
    wanted = {sku.pk: quantity}
    basket = actions.Basket(
        address.pk, priced(wanted, customer).quote.payable_fen, lines=wanted, remark=""
    )
    order = actions.place_order(customer, basket, by=Actor.shopper(customer))
    for step in STEPS[1 : STEPS.index(status) + 1]:
        live_on(order, step)
    order.refresh_from_db()
    return order


def live_on(order: Order, status: str) -> None:
    """The one step that leads there from the state before it, by whoever does it."""
    live = {
        "paid": lambda: pay(order),
        "confirmed": lambda: actions.confirm_order(order, by=cast.staff("service_agent")),
        "shipped": lambda: actions.ship_order(
            order, "SF", f"SF{next(_numbers):012d}", by=cast.staff("warehouse")
        ),
        "signed": lambda: actions.sign_order(order, by=Actor.shopper(order.customer)),
        "completed": lambda: actions.complete_order(order, by=cast.SYSTEM),
    }
    live[status]()


def pick_order(order: Order) -> dict[tuple[int, int], int]:
    """All of it picked in a wave of its own, as listed: (SKU, lot) → units ready to be packed."""
    hand = cast.staff("warehouse")
    actions.pick_as_listed(actions.release_wave([order], by=hand).tasks.get(), by=hand)
    return dict(units_at_packing(order))


def receipt_for(payment: Payment, **changes: object) -> actions.Receipt:
    """What WeChat Pay would say of this payment; `changes` make it a lie."""
    said = {
        "out_trade_no": payment.out_trade_no,
        "transaction_id": f"42000{payment.pk:023d}",
        "trade_state": "SUCCESS",
        "amount_fen": payment.amount_fen,
        "currency": "CNY",
        "payer_openid": payment.order.customer.openid,
        **changes,
    }
    return actions.Receipt(**said)


def pay(order: Order) -> None:
    """Paid for, and on both desks."""
    payment = actions.begin_payment(order, by=Actor.shopper(order.customer))
    actions.settle_payment(receipt_for(payment), by=cast.SYSTEM)
    run_reactions()


def make_case(order: Order, quantity: int = 1, reason: str = "quality") -> AfterSalesCase:
    """Asked for by the customer: so many units of the order's first line."""
    line = order.lines.all()[0]
    units = {line.sku_id: quantity}
    by = Actor.shopper(order.customer)
    return actions.open_case(order, units, reason, "包装有破损", by=by)


def make_refund(order: Order, quantity: int = 1) -> Refund:
    """Granted by service; the reactions that send it have not run."""
    case = actions.accept_case(make_case(order, quantity), by=cast.staff("service_agent"))
    return case.refunds.get()


def news_for(refund: Refund, status: str = "SUCCESS", **changes: object) -> actions.RefundNews:
    """What WeChat Pay would say of this refund; `changes` make it a lie."""
    said = {
        "out_refund_no": refund.out_refund_no,
        "refund_id": f"50300{refund.pk:023d}",
        "transaction_id": refund.captured.transaction_id,
        "status": status,
        "amount_fen": refund.amount_fen,
        "total_fen": refund.captured.amount_fen,
        "currency": "CNY",
        **changes,
    }
    return actions.RefundNews(**said)


def make_calendar(code: str = "shop") -> Calendar:
    """The shop's own: Monday to Friday 09:00–18:00, with the holidays this release knows."""
    return establish_calendar(code, "店铺工作日历", SHOP_WEEK, announced_years(), by=cast.SYSTEM)


def make_policy(code: str = "terms", audience: str = "customers", *, text: str = "第一条 ……",
                posts: tuple[str, ...] = (), days_ago: int = 1) -> PolicyVersion:  # fmt: skip
    """A version that took effect so many days ago; of a policy that exists, its next one."""
    with turned_to(now() - timedelta(days=days_ago)):
        policy = establish_policy(code, f"规则 {code}", audience, posts, by=cast.SYSTEM)
        draft = draft_policy_version(policy, text, by=cast.staff("operations_manager"))
        return publish_policy_version(draft, by=cast.staff("director"))


def make_limits(most_units: int = 20, most_fen: int = 500_000, most_orders: int = 5,
                blocked: tuple[str, ...] = (), hours: int = 24,
                sample: int = 0) -> OrderLimits:  # fmt: skip
    """What orders that are paid from now on are checked by."""
    policy = Policy.objects.filter(code="order-limits").first()
    version = policy.versions.get() if policy else make_policy("order-limits", "staff")
    limits = Limits(most_units, most_fen, most_orders, blocked)
    return actions.set_limits(version, limits, hours, sample, by=cast.staff("service_supervisor"))


def make_picture(customer: Customer | None = None) -> StoredFile:
    """A picture that a customer sent."""
    customer = customer or cast.customer()
    by = Actor.shopper(customer)
    return keep_file(CUSTOMERS_PICTURE, "收到的包裹.jpg", picture(), owner=customer.party, by=by)
