"""How the staff's side looks: unfold's settings. Imported by `shop.settings`; knows no model."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# A calm green. Weight 600 carries white text (contrast 5.3 : 1), 500 dark ground.
GREEN = {
    "50": "oklch(98% .012 165)",
    "100": "oklch(95% .030 165)",
    "200": "oklch(90% .055 165)",
    "300": "oklch(83% .085 165)",
    "400": "oklch(74% .110 165)",
    "500": "oklch(63% .115 165)",
    "600": "oklch(50% .100 165)",
    "700": "oklch(43% .085 165)",
    "800": "oklch(37% .070 165)",
    "900": "oklch(31% .056 165)",
    "950": "oklch(22% .042 165)",
}
STONE = {
    "50": "oklch(98.4% .003 150)",
    "100": "oklch(96.4% .004 150)",
    "200": "oklch(92.2% .005 150)",
    "300": "oklch(86.6% .007 150)",
    "400": "oklch(70.5% .012 155)",
    "500": "oklch(54.5% .015 155)",
    "600": "oklch(44.0% .016 155)",
    "700": "oklch(36.8% .015 155)",
    "800": "oklch(27.5% .013 155)",
    "900": "oklch(21.0% .011 155)",
    "950": "oklch(14.5% .009 155)",
}


def unfold(shop_name: str) -> dict[str, Any]:
    """The UNFOLD setting of a shop by this name."""
    return {
        "SITE_TITLE": shop_name,
        "SITE_HEADER": shop_name,
        "SITE_SYMBOL": "spa",
        "SITE_URL": None,
        "SITE_FAVICONS": [
            {
                "rel": "icon",
                "type": "image/svg+xml",
                "href": lambda request: static("desk/icon.svg"),
            }
        ],
        "SHOW_HISTORY": False,
        "SHOW_VIEW_ON_SITE": False,
        "SHOW_LANGUAGES": True,
        "DASHBOARD_CALLBACK": "shop.doors.desk.home.dashboard",
        "LOGIN": {"form": "shop.doors.desk.sign_in.SignInForm"},
        "STYLES": [lambda request: static("desk/desk.css")],
        "SCRIPTS": [
            lambda request: static("desk/dialogs.js"),
            lambda request: static("desk/bell.js"),
        ],
        "COLORS": {"base": STONE, "primary": GREEN},
        "SIDEBAR": {"show_search": False, "navigation": navigation},
    }


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: my desks first, then what my post may read."""
    from shop.doors.desk.queues import QUEUES
    from shop.doors.desk.team import leads_a_team

    desks = [
        _item(_("My desk"), "space_dashboard", "admin:index"),
        _item(_("My notices"), "notifications", "desk:inbox"),
    ]
    desks += [
        {
            **_item(queue.title, queue.icon),
            "link": queue.address,
            "permission": _may(queue.permission),
        }
        for queue in QUEUES.values()
    ]
    desks += [
        {**_item(name, icon, page), "permission": _may(right)}
        for name, icon, page, right in WAREHOUSE
    ]
    desks += imports_in_the_sidebar()
    desks.append({**_item(_("My team"), "groups", "desk:team"), "permission": leads_a_team})
    desks.append(_item(_("My reading"), "menu_book", "desk:reading"))
    desks.append(_item(_("My sheets"), "checklist_rtl", "sheets:home"))
    desks.append(_item(_("Deputies"), "supervisor_account", "desk:deputies"))
    figures = [
        {**_item(*page), "permission": _may("figures.view_measuredvalue")} for page in FIGURES
    ]
    return [
        {"title": _("Desks"), "items": desks},
        {"title": _("Figures"), "separator": True, "items": figures},
        *(_shelf(*shelf) for shelf in SHELVES),
    ]


WAREHOUSE = (
    (_("Waves"), "conveyor_belt", "warehouse:home", "orders.view_wave"),
    (_("Packing table"), "inventory_2", "warehouse:bench", "orders.view_wave"),
    (_("Hand over to the driver"), "local_shipping", "warehouse:leaving", "orders.view_wave"),
)
"""Name, icon, page, and who sees it."""


def imports_in_the_sidebar() -> list[dict[str, Any]]:
    """Each kind of table, for whoever may import it."""
    from shop.doors.imports.declared import IMPORTERS

    return [
        {
            **_item(made.label, "upload_file"),
            "link": reverse("desk:import", args=[made.code]),
            "permission": _may(made.permission),
        }
        for made in IMPORTERS.values()
    ]


FIGURES = (
    (_("Regulation in practice"), "fact_check", "desk:practice"),
    (_("Dictionary of figures"), "monitoring", "desk:figures"),
    (_("Daily report"), "mark_email_read", "reports:home"),
)


SHELVES: tuple[tuple[Any, tuple[tuple[Any, str, str], ...]], ...] = (
    (
        _("Orders"),
        (
            (_("Orders"), "receipt_long", "orders.order"),
            (_("Parcels"), "package_2", "orders.parcel"),
            (_("Carrier hand-overs"), "local_shipping", "orders.handover"),
            (_("Payments"), "payments", "orders.payment"),
            (_("Payment disputes"), "report", "orders.paymentdispute"),
            (_("After-sales cases"), "assignment_return", "orders.aftersalescase"),
            (_("Recalled goods"), "e911_emergency", "orders.recalledgoods"),
            (_("Limits of orders"), "front_hand", "orders.orderlimits"),
            (_("Refunds"), "currency_exchange", "orders.refund"),
        ),
    ),
    (
        _("Products"),
        (
            (_("Products"), "nutrition", "catalog.product"),
            (_("Revisions"), "rate_review", "catalog.productrevision"),
            (_("Delistings"), "visibility_off", "catalog.delisting"),
            (_("Candidates for delisting"), "trending_down", "catalog.delistingcandidate"),
            (_("Prices and stock"), "sell", "catalog.sku"),
            (_("Price changes"), "price_change", "catalog.pricechange"),
            (_("Lots"), "inventory_2", "catalog.lot"),
            (_("Places"), "warehouse", "catalog.place"),
            (_("Moves of goods"), "swap_horiz", "catalog.lotmove"),
            (_("Disposals"), "delete_forever", "catalog.disposal"),
            (_("Brands"), "workspace_premium", "catalog.brand"),
            (_("Categories"), "category", "catalog.category"),
        ),
    ),
    (
        _("Books"),
        (
            (_("Journals"), "menu_book", "books.journal"),
            (_("Balances of parties"), "account_balance_wallet", "books.partybalance"),
        ),
    ),
    (
        _("People"),
        (
            (_("Work register"), "checklist", "work.workitem"),
            (_("Approval register"), "approval", "work.approval"),
            (_("Deputies of all"), "supervisor_account", "work.deputation"),
            (_("Customers"), "group", "identity.customer"),
            (_("Requests about data"), "shield_person", "rights.datarequest"),
            (_("Staff"), "badge", "identity.user"),
            (_("Notice log"), "forward_to_inbox", "notices.notice"),
            (_("Mail that comes back"), "mark_email_unread", "notices.mailaddress"),
            (_("Working calendar"), "calendar_month", "timing.calendar"),
        ),
    ),
    (
        _("The house"),
        (
            (_("Policies"), "gavel", "records.policy"),
            (_("Licences and contracts"), "verified", "papers.paper"),
            (_("Forms"), "quiz", "forms.formversion"),
            (_("Sheets"), "grading", "forms.sheet"),
            (_("Channels"), "storefront", "records.channel"),
            (_("Files"), "folder_managed", "records.storedfile"),
        ),
    ),
    (
        _("The machine"),
        (
            (_("Stuck deliveries"), "sync_problem", "events.delivery"),
            (_("Clock jobs"), "schedule", "timing.clockjob"),
            (_("Timers"), "alarm", "timing.timer"),
            (_("Event log"), "history", "events.eventlog"),
            (_("Audit trail"), "policy", "records.auditentry"),
            (_("Incoming messages"), "inbox", "events.inboxmessage"),
        ),
    ),
)
"""Title → (name, icon, model). A model is shown to whoever may view it."""


def _shelf(title: Any, models: tuple[tuple[Any, str, str], ...]) -> dict[str, Any]:
    items = []
    for name, icon, model in models:
        app, _dot, model_name = model.partition(".")
        item = _item(name, icon, f"admin:{app}_{model_name}_changelist")
        items.append({**item, "permission": _may(f"{app}.view_{model_name}")})
    return {"title": title, "separator": True, "items": items}


def _item(title: Any, icon: str, address: str = "") -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse(address) if address else ""}


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)
