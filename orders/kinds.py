"""The kinds of work that orders open, and of facts that they enter into the books."""

from datetime import timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.books.kinds import journal_kind
from shop.books.money import yuan
from shop.errors import Text
from shop.work.kinds import Figures, Reason, WorkKind, approval_kind, work_kind

PAID = journal_kind("orders.paid", _("order paid"))
SOLD = journal_kind("orders.sold", _("order delivered"))
DISPUTED = journal_kind("orders.disputed", _("payment that does not fit"))
REFUND_GRANTED = journal_kind("orders.refund_granted", _("refund granted"))
REFUND_PAID = journal_kind("orders.refund_paid", _("refund paid out"))
DISPUTE_REFUNDED = journal_kind("orders.dispute_refunded", _("disputed payment given back"))
REFUND_CLOSED = journal_kind("orders.refund_closed", _("refund not carried out"))

CONFIRM, SHIP = "orders.confirm_order", "orders.ship_order"
DECIDE = "orders.decide_case"
AN_ORDER = {"order": "orders.Order"}
CASE_TARGET = timedelta(hours=4)
MONEY_TARGET = timedelta(hours=9)  # a working day

OUT_OF_STOCK = "out_of_stock"
EXCEPTIONS = {
    "address_unclear": Reason(
        _("address unclear"),
        _("Call the customer, and write the whole address into the log."),
        holds=frozenset({CONFIRM, SHIP}),
    ),
    OUT_OF_STOCK: Reason(
        _("out of stock at picking"),
        _("Count again, then ask the customer: wait, take something else, or the money back."),
        holds=frozenset({SHIP}),
    ),
    "damaged": Reason(
        _("goods damaged"),
        _("Set the damaged units aside with a photograph, and pick others."),
        holds=frozenset({SHIP}),
        role="warehouse",
    ),
    "unreachable": Reason(
        _("customer cannot be reached"),
        _("Try by telephone on two days, then by message; log every attempt."),
        holds=frozenset({SHIP}),
    ),
    "payment_questioned": Reason(
        _("payment questioned"),
        _("Compare the order with WeChat Pay's bill before anything leaves the house."),
        holds=frozenset({CONFIRM, SHIP}),
        role="finance",
    ),
    "other": Reason(_("something else"), _("The log says what it is. It holds nothing up.")),
}


def _exception(figures: Figures) -> Text:
    reason = EXCEPTIONS[figures["reason"]].label
    return gettext("Order %(number)s: %(reason)s") % {**figures, "reason": reason}


ORDER_EXCEPTION = work_kind(
    WorkKind(
        code="order_exception",
        label=_("order exception"),
        article="A4.2a",
        role="service_agent",
        subjects=AN_ORDER,
        target=CASE_TARGET,
        outcomes={
            "goes_on": _("settled: the order goes on"),
            "changed": _("changed with the customer's consent"),
            "to_call_off": _("the customer wants it called off"),
        },
        title=_exception,
        reasons=EXCEPTIONS,
        may_pause=True,
    )
)

FINDINGS: dict[str, Text] = {
    "phone": _("phone number looks wrong"),
    "address": _("address incomplete"),
    "amount": _("lines do not add up to the amount"),
    "quantity": _("more units of one item than the limit"),
    "value": _("amount over the limit"),
    "same_phone": _("too many orders to this phone"),
    "same_address": _("too many orders to this address"),
    "same_buyer": _("too many orders by this buyer"),
    "region": _("region not delivered to"),
}
"""What the automatic checks may find of a paid order (A4.2a)."""


def _held(figures: Figures) -> Text:
    found = gettext(", ").join(str(FINDINGS[code]) for code in figures["findings"])
    told = {"number": figures["number"], "findings": found}
    return gettext("Order %(number)s held: %(findings)s") % told


ORDER_HELD = work_kind(
    WorkKind(
        code="order_held",
        label=_("order held by the automatic checks"),
        article="A4.2a",
        role="service_agent",
        subjects=AN_ORDER,
        target=CASE_TARGET,
        outcomes={"released": _("genuine: released")},
        title=_held,
        reasons={
            "": Reason(
                _("order held by the automatic checks"),
                _("Ask the customer, and write the contact into the log. Genuine: close this with"
                  " the reason, and the order can be confirmed. Else press “Refuse the order” on"
                  " its page: the money goes back."),
                holds=frozenset({CONFIRM, SHIP}),
            )
        },
        may_pause=True,
        is_urgent=True,
    )
)  # fmt: skip

CONFIRMATION_SAMPLE = work_kind(
    WorkKind(
        code="confirmation_sample",
        label=_("sample of what the house confirmed"),
        article="A4.2a",
        role="service_supervisor",
        subjects=AN_ORDER,
        target=MONEY_TARGET,
        outcomes={"right": _("rightly confirmed"), "wrong": _("should have been asked about")},
        title=lambda figures: (
            gettext("Order %(number)s was confirmed by the policy: look at it") % figures
        ),
        reasons={
            "": Reason(
                _("sample of what the house confirmed"),
                _("Read address, goods and amount as if you were to confirm it. Was it wrong, then"
                  " call the customer, and set narrower limits."),
            )
        },
    )
)  # fmt: skip

PARCEL_TROUBLES = {
    "not_collected": Reason(
        _("not scanned within a day of the shipping"),
        _("Ask the carrier whether it has the parcel; look for it at the hand-over. The case closes"
          " by itself with the first scan."),
        role="warehouse",
    ),
    "stalled": Reason(
        _("not scanned for three days"),
        _("Ask the carrier where it is, and tell the customer. The case closes by itself with the"
          " next scan."),
    ),
    "trouble": Reason(
        _("in trouble at the carrier"),
        _("Read the carrier's words, call the consignee when the address or the hour does not suit,"
          " then tell the carrier. The case closes by itself when the parcel goes on."),
    ),
    "lost": Reason(
        _("lost by the carrier"),
        _("Claim it at the carrier; ask the customer whether to send it again or to give the money"
          " back."),
    ),
    "refused": Reason(
        _("refused by the consignee"),
        _("Call the customer and write down why; agree on a second try, or open an after-sales"
          " case."),
    ),
    "returning": Reason(
        _("on its way back to us"),
        _("Tell the customer; the warehouse awaits the parcel and counts what is in it."),
    ),
    "returned": Reason(
        _("back with us"),
        _("Count and inspect what came back, then agree with the customer on what follows."),
        role="warehouse",
    ),
    "cancelled": Reason(
        _("waybill cancelled at the carrier"),
        _("Find out where the parcel is: it must travel under another waybill."),
        role="warehouse",
    ),
}  # fmt: skip
"""Why somebody sees to a parcel: a code of TrackState, or that nothing is heard (A4.2c, C7.3)."""


def _parcel_trouble(figures: Figures) -> Text:
    told = {**figures, "reason": PARCEL_TROUBLES[figures["reason"]].label}
    return gettext("Order %(number)s, parcel %(waybill)s: %(reason)s") % told


PARCEL_TROUBLE = work_kind(
    WorkKind(
        code="parcel_trouble",
        label=_("parcel that went astray"),
        article="A4.2c",
        role="service_agent",
        subjects=AN_ORDER,
        target=CASE_TARGET,
        outcomes={
            "goes_on": _("settled: the parcel goes on"),
            "sent_again": _("sent again"),
            "given_back": _("the money goes back"),
            "claimed": _("claimed at the carrier"),
        },
        title=_parcel_trouble,
        reasons=PARCEL_TROUBLES,
        may_pause=True,
    )
)

UNTOLD = {
    "late": Reason(
        _("not told for a day and a half"),
        _("WeChat reminds after two days and then restricts the shop: enter the shipping in the"
          " mini-program's console. It is tried again by itself all the while, and the case closes"
          " when WeChat knows."),
    ),
    "refused": Reason(
        _("WeChat refuses what it is told"),
        _("Look up WeChat's number on the parcel's page, mend the cause or enter the shipping in"
          " the mini-program's console. It is tried again every hour, and the case closes when"
          " WeChat knows."),
    ),
    "unknown": Reason(
        _("WeChat does not know the payment"),
        _("It was paid by another wallet or before the mini-program was authorised: enter the"
          " shipping in the console, or write down that none is wanted."),
    ),
}  # fmt: skip
"""Why people see to it that WeChat knows of a shipping (A4.2b)."""


def _untold(figures: Figures) -> Text:
    told = {**figures, "reason": UNTOLD[figures["reason"]].label}
    return gettext("Shipping of order %(number)s, parcel %(waybill)s: %(reason)s") % told


WORDS = {
    "review": Reason(
        _("the content check is in doubt"),
        _("Read the customer's words. What is harmless stays; ask the customer when it is not clear"
          " what they want."),
    ),
    "risky": Reason(
        _("the content check holds it for unlawful"),
        _("Read the customer's words, do nothing that they ask for against the law, and tell the"
          " supervisor when somebody may be in danger."),
    ),
}  # fmt: skip


def _words(figures: Figures) -> Text:
    told = {**figures, "reason": WORDS[figures["reason"]].label}
    return gettext("Customer's words in %(number)s: %(reason)s") % told


WORDS_TO_REVIEW = work_kind(
    WorkKind(
        code="words_to_review",
        label=_("customer's words to look at"),
        article="A4.2a",
        role="service_agent",
        subjects={**AN_ORDER, "case": "orders.AfterSalesCase"},
        target=CASE_TARGET,
        outcomes={"harmless": _("harmless"), "answered": _("talked over with the customer")},
        title=_words,
        reasons=WORDS,
    )
)

SHIPPING_UNTOLD = work_kind(
    WorkKind(
        code="shipping_untold",
        label=_("shipping that WeChat does not know"),
        article="A4.2b",
        role="operations_specialist",
        subjects=AN_ORDER,
        target=CASE_TARGET,
        outcomes={
            "entered": _("entered in the mini-program's console"),
            "not_wanted": _("none is wanted"),
        },
        title=_untold,
        reasons=UNTOLD,
        is_urgent=True,
    )
)

DISPUTES = {
    "double": Reason(
        _("paid twice"),
        _("The order is paid and goes on as it was; the second payment is the customer's money."
          " Give it back in full."),
    ),
    "late": Reason(
        _("paid after it was cancelled"),
        _("Its goods are sold out by now: give the payment back in full."),
    ),
    "differs": Reason(
        _("payment differs from the order"),
        _("Nothing was marked paid. Find the payment on WeChat Pay's bill and decide."),
    ),
    "unknown": Reason(
        _("payment for no order of ours"),
        _("No payment of ours has this number. Ask WeChat Pay what it was for."),
    ),
}  # fmt: skip


def _dispute(figures: Figures) -> Text:
    told = {
        "number": figures["number"],
        "reason": DISPUTES[figures["reason"]].label,
        "amount": yuan(figures["received_fen"] or 0),
    }
    if figures["due_back_fen"]:
        return gettext("Order %(number)s: %(reason)s, %(amount)s due back") % told
    return gettext("Payment %(number)s: %(reason)s, %(amount)s received") % told


PAYMENT_DISPUTE = work_kind(
    WorkKind(
        code="payment_dispute",
        label=_("payment dispute"),
        article="B3.2.1",
        role="finance",
        subjects={**AN_ORDER, "payment_dispute": "orders.PaymentDispute"},
        target=MONEY_TARGET,
        outcomes={
            "refunded": _("given back to the customer"),
            "ours": _("the money is ours: booked"),
            "nothing_owed": _("nothing is owed"),
        },
        title=_dispute,
        reasons=DISPUTES,
        may_pause=True,
        is_urgent=True,
    )
)

LATE_STEPS = {
    CONFIRM: Reason(
        _("not confirmed in time"),
        _("See who is on duty, and have it confirmed or a case opened."),
        role="service_supervisor",
    ),
    SHIP: Reason(
        _("not shipped in time"),
        _("See what keeps the warehouse, and tell the customer when it leaves."),
        role="operations_manager",
    ),
    DECIDE: Reason(
        _("money asked back and no answer in time"),
        _(
            "Read the case and decide it, or say who does: the customer was promised an answer"
            " within a working day."
        ),
        role="service_supervisor",
    ),
}


def _late(figures: Figures) -> Text:
    reason = LATE_STEPS[figures["reason"]].label
    return gettext("Order %(number)s: %(reason)s") % {**figures, "reason": reason}


LATE_ORDER = work_kind(
    WorkKind(
        code="late_order",
        label=_("late order"),
        article="A4.2a",
        role="service_supervisor",
        subjects=AN_ORDER,
        target=None,
        outcomes={
            "pushed": _("seen to: it goes on"),
            "told": _("the customer was told and agrees"),
        },
        title=_late,
        reasons=LATE_STEPS,
        is_urgent=True,
    )
)

STUCK = {
    "abnormal": Reason(
        _("the customer's card or account takes no money"),
        _("Open the refund in WeChat Pay's merchant platform and send it to another account of the"
          " customer, or to ours and on by bank transfer. The case closes by itself when WeChat Pay"
          " says that it succeeded."),
    ),
    "not_enough": Reason(
        _("our WeChat Pay account cannot cover it"),
        _("Pay money in at WeChat Pay. The refund is tried again by itself, under the same number,"
          " and this case closes when it has succeeded."),
    ),
    "refused": Reason(
        _("WeChat Pay refuses the refund"),
        _("The error is on the page of deliveries. Mend its cause, then let service grant the case"
          " again; no money has moved."),
    ),
    "closed": Reason(
        _("WeChat Pay closed the refund"),
        _("No money has moved: give the disputed payment back again, or by bank transfer."),
    ),
    "differs": Reason(
        _("WeChat Pay tells something else of the refund"),
        _("Compare the refund with WeChat Pay's merchant platform before anything is given back"
          " again: money may have moved."),
    ),
    "unknown": Reason(
        _("a refund that is not ours"),
        _("WeChat Pay gave back money of this order that nobody here granted. Find out who did it"
          " in the merchant platform, and book it."),
    ),
}  # fmt: skip


def _stuck(figures: Figures) -> Text:
    told = {
        "number": figures["number"],
        "reason": STUCK[figures["reason"]].label,
        "amount": yuan(figures["amount_fen"]),
    }
    return gettext("Refund %(number)s over %(amount)s: %(reason)s") % told


REFUND_STUCK = work_kind(
    WorkKind(
        code="refund_stuck",
        label=_("refund that is stuck"),
        article="C6.1.2",
        role="finance",
        subjects={**AN_ORDER, "refund": "orders.Refund"},
        target=MONEY_TARGET,
        outcomes={
            "paid_otherwise": _("paid back by another way"),
            "mended": _("mended: it goes on"),
        },
        title=_stuck,
        reasons=STUCK,
        may_pause=True,
        is_urgent=True,
    )
)


def _to_give_back(figures: Figures) -> Text:
    told = {**figures, "amount": yuan(figures["amount_fen"])}
    if "payment" in figures:
        return gettext("Refund of %(amount)s, disputed payment %(payment)s") % told
    return gettext("Refund of %(amount)s for case %(number)s") % told


REFUND_OVER_LIMIT = approval_kind(
    "orders.refund",
    label=_("refund over the limit"),
    article="C6.1.2",
    decide="orders.approve_refund",
    working_time=timedelta(hours=4),
    expires=timedelta(days=3),
    fields={
        "number": _("case number"),
        "payment": _("merchant's number"),
        "transaction_id": _("WeChat Pay's number"),
        "amount_fen": _("to give back"),
        "reason": _("reason"),
    },
    about={"order_id": "order"},
    models={"case": "orders.AfterSalesCase", "payment_dispute": "orders.PaymentDispute"},
    title=_to_give_back,
)
"""Of a case, or of money that fits no order: one limit for both, or it could be walked round."""


RECALLED_LOT = work_kind(
    WorkKind(
        code="recalled_lot",
        label=_("customers of a recalled lot"),
        article="C3.3.3",
        role="service_supervisor",
        subjects={"lot": "catalog.Lot"},
        target=timedelta(hours=27),
        outcomes={},
        title=lambda figures: (
            gettext("%(sku)s, lot %(lot)s: recalled, %(orders)d orders hold it") % figures
        ),
        reasons={
            "": Reason(
                _("customers of a recalled lot"),
                _("Press “Tell the customers” on the lot's page, call who does not answer, and"
                  " write down of each order what became of the goods. It closes by itself with the"
                  " last one."),
            )
        },
        is_urgent=True,
    )
)  # fmt: skip

REVEALS: dict[str, Text] = {
    "deliver": _("to hand over or redirect the parcel"),
    "call": _("to call the customer about this order"),
    "review": _("to check a doubtful address"),
    "complaint": _("to see to a complaint or a return"),
}
"""Why somebody may look at a consignee's whole address: nobody looks without one (PIPL art. 51)."""

MANY_LOOKS = work_kind(
    WorkKind(
        code="many_looks",
        label=_("many addresses looked at"),
        article="A3.3",
        role="technical_lead",
        subjects={"user": "identity.User"},
        target=timedelta(hours=4),
        outcomes={
            "explained": _("explained: the work wanted it"),
            "misused": _("misuse: taken further"),
        },
        title=lambda figures: gettext("%(looks)d addresses looked at within an hour") % figures,
        reasons={
            "": Reason(
                _("many addresses looked at"),
                _("Read on the audit trail whose addresses they were and why; ask the person and"
                  " their supervisor. A stolen account is closed first."),
            )
        },
        is_urgent=True,
    )
)  # fmt: skip
