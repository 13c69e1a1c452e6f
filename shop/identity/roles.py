"""The one table of who may do what: every post of the regulations, its desk, its permissions.

A permission is `app.action`, the name of the action it opens. Roles become Django groups of the
same code after every migration; nobody ticks boxes. Articles: A3.1–3, B2.1–2, C2, D8.1 (ST1).
"""

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

READ_CATALOG = frozenset(
    {
        "catalog.view_product",
        "catalog.view_productrevision",
        "catalog.view_sku",
        "catalog.view_offer",
        "catalog.view_brand",
        "catalog.view_category",
        "catalog.view_delisting",
        "catalog.view_delistingcandidate",
        "catalog.view_pricechange",
    }
)
MIND_THE_RANGE = frozenset(
    {
        "catalog.ask_price_change",
        "catalog.withdraw_price_change",
        "catalog.request_delisting",
        "catalog.take_up_candidate",
        "catalog.decline_candidate",
    }
)
"""To say that a product must go (A4.1c), or must cost something else (C3.2.1): operations say so,
the technical role and a second person see to it."""
READ_STOCK = frozenset(
    {
        "catalog.view_place",
        "catalog.view_lot",
        "catalog.view_lotmove",
    }
)
"""Where the goods are, by lot, and every move of theirs."""
DESTROY_UNFIT_GOODS = frozenset(
    {
        "catalog.view_disposal",
        "catalog.propose_disposal",
        "catalog.witness_disposal",
        "catalog.call_off_disposal",
    }
)
"""Each by two: who does it is not its witness (C3.3.3)."""
FOLLOW_RECALLS = frozenset(
    {"orders.view_recalledgoods", "orders.tell_holders", "orders.settle_recalled"}
)
READ_ORDERS = frozenset(
    {
        "orders.view_order",
        "orders.view_parcel",
        "orders.view_handover",
        "orders.view_aftersalescase",
    }
)
WORK_THE_WAREHOUSE = frozenset(
    {
        "orders.ship_order",
        "orders.view_wave",
        "orders.release_wave",
        "orders.pick",
        "orders.report_short_pick",
        "orders.call_off_picking",
        "orders.pack_parcel",
        "orders.label_parcel",
        "orders.order_waybill",
        "orders.unpack_parcel",
        "orders.ship_parcel",
        "orders.hand_over",
    }
)
"""From the shelf to the driver (A4.2b)."""
READ_PAYMENTS = frozenset(
    {"orders.view_payment", "orders.view_paymentdispute", "orders.view_refund"}
)
DECIDE_CASES = frozenset(
    {
        "orders.open_case",
        "orders.accept_case",
        "orders.refuse_case",
        "orders.withdraw_case",
        "orders.refuse_order",
        "orders.view_orderlimits",
    }
)
READ_BOOKS = frozenset({"books.view_journal", "books.view_partybalance"})
READ_FIGURES = frozenset(
    {
        "figures.view_measuredvalue",
        "analytics.view_report",
        "analytics.pause_subscription",
        "analytics.resume_subscription",
        "analytics.leave_report",
    }
)
MIND_THE_REPORTS = frozenset(
    {
        "analytics.view_reportmail",
        "analytics.reschedule_report",
        "analytics.add_recipient",
        "analytics.remove_recipient",
        "analytics.send_test_report",
        "analytics.resend_report_mail",
        "analytics.leave_report_mail",
    }
)
EXPORT_LISTS = frozenset({"work.export_list"})
READ_CUSTOMERS = frozenset({"identity.view_customer", "marketing.view_membership"})
MIND_THE_MACHINE = frozenset(
    {
        "events.view_delivery",
        "events.view_eventlog",
        "events.view_inboxmessage",
        "events.replay_delivery",
        "events.skip_delivery",
        "timing.view_timer",
        "timing.replay_timer",
        "timing.view_clockjob",
        "timing.view_jobrun",
        "timing.reschedule_job",
        "timing.run_job_now",
        "timing.retry_job_run",
    }
)
KEEP_THE_NOTICE_LOG = frozenset({"notices.view_notice", "notices.resend_notice"})
MIND_ADDRESSES = frozenset({"notices.view_mailaddress", "notices.release_address"})
"""Addresses from which mail came back, and what goes there again (B2.2.1)."""
READ_STAFF = frozenset({"identity.view_user"})
READ_AUDIT = frozenset({"records.view_auditentry", "work.view_deputation"})
READ_FILES = frozenset({"records.view_storedfile"})
"""The register of files. Whoever reads what customers sent holds a permission of its own."""
READ_REQUESTS = frozenset({"rights.view_datarequest"})
TAKE_REQUESTS = READ_REQUESTS | {"rights.request_copy", "rights.request_erasure"}
"""Customers' requests about their data: seen, and taken for one who phones."""
READ_PICTURES = READ_FILES | {"records.read_customers_picture"}
READ_CALENDAR = frozenset(
    {"timing.view_calendar", "timing.view_calendarversion", "timing.view_calendarday"}
)

WORK = frozenset(
    {
        "work.view_workitem",
        "work.open_item",
        "work.take_item",
        "work.hand_over_item",
        "work.note_item",
        "work.log_contact",
        "work.pause_item",
        "work.resume_item",
        "work.close_item",
        "work.cancel_item",
    }
)
"""To be given work and to see to it. Whose an item is decides the item: its post, its person."""

FOUR_EYES = frozenset(
    {
        "work.view_approval",
        "work.request_approval",
        "work.approve",
        "work.reject",
        "work.withdraw",
        "work.use_approval",
        "work.spend_within_limit",
        "work.name_deputy",
        "work.end_deputation",
    }
)
"""To ask, and to be asked. What a post decides is its kinds' own right (`approval_kind(decide=…)`)
and what nobody may decide is in `duties.py`."""

LONG_WORK = frozenset({"work.view_job", "work.start_job", "work.cancel_job"})
"""To let the house do what takes long; what it does is held to its starter's own rights."""

READ_POLICIES = frozenset(
    {"records.view_policy", "records.view_policyversion", "records.confirm_reading"}
)
READ_READINGS = frozenset({"records.view_policyreading"})
WRITE_POLICIES = frozenset({"records.establish_policy", "records.draft_policy_version"})
MIND_CHANNELS = frozenset(
    {"records.register_channel", "records.close_channel", "records.reopen_channel"}
)

READ_PAPERS = frozenset({"papers.view_paper"})
MIND_PAPERS = READ_PAPERS | {"papers.file_paper", "papers.withdraw_paper"}
"""Licences and contracts: seen, and kept up to date."""

READ_FORMS = frozenset({"forms.view_formversion", "forms.view_sheet"})
"""Forms, and what everybody answered; one's own sheets are seen without it."""
WRITE_FORMS = READ_FORMS | {"forms.draft_form", "forms.revise_form", "forms.retire_form"}
MARK_SHEETS = READ_FORMS | {"forms.mark_sheet", "forms.correct_result"}

INBOX = frozenset({"notices.read_notice", "notices.set_wishes"})

FILES = frozenset({"records.keep_file", "records.read_file"})
"""To give and be given files at all. What a file is for decides who reads it."""

EVERY_POST = (
    READ_CALENDAR
    | READ_POLICIES
    | WORK
    | FOUR_EYES
    | LONG_WORK
    | INBOX
    | FILES
    | {"identity.enrol_device", "records.view_channel", "forms.fill_sheet"}
)
"""What comes with any post: nobody gets past the second factor without a device, when the house
works and by which ways it sells is no secret, its rules are for everybody to read, and everybody
has work and an inbox."""


@dataclass(frozen=True)
class Role:
    """A post of the regulations. `desk` is the page its holder lands on after sign-in."""

    code: str
    name: str | Promise
    article: str
    permissions: frozenset[str]
    desk: str = "home"


POSTS: tuple[Role, ...] = (
    Role(
        "director",
        _("director"),
        "B2.2.1",
        READ_FIGURES
        | MIND_THE_REPORTS
        | EXPORT_LISTS
        | READ_CATALOG
        | READ_STOCK
        | READ_ORDERS
        | READ_PAYMENTS
        | READ_BOOKS
        | READ_CUSTOMERS
        | READ_STAFF
        | READ_AUDIT
        | READ_FILES
        | READ_REQUESTS
        | READ_READINGS
        | READ_PAPERS
        | READ_FORMS
        | {
            "catalog.recall_lot",
            "catalog.approve_price_change",
            "records.publish_policy_version",
        }
        | {
            "catalog.approve_revision",
            "catalog.return_revision",
            "work.approve_export",
            "events.view_eventlog",
            "events.view_delivery",
            "notices.view_notice",
        },
        desk="reports",
    ),
    Role(
        "operations_manager",
        _("operations manager"),
        "B2.2.2",
        READ_FIGURES
        | MIND_PAPERS
        | WRITE_FORMS
        | MARK_SHEETS
        | {"forms.publish_form"}
        | MIND_THE_REPORTS
        | EXPORT_LISTS
        | READ_CATALOG
        | READ_STOCK
        | READ_ORDERS
        | READ_CUSTOMERS
        | READ_READINGS
        | WRITE_POLICIES
        | MIND_CHANNELS
        | {
            "catalog.quarantine_lot",
            "catalog.release_lot",
            "catalog.recall_lot",
            "catalog.add_brand",
            "catalog.add_category",
            "catalog.draft_product",
            "catalog.revise_product",
            "catalog.edit_revision",
            "catalog.discard_revision",
            "catalog.submit_revision",
            "catalog.approve_revision",
            "catalog.return_revision",
            "work.approve_export",
            "catalog.price_sku",
            "catalog.close_delisting",
            "catalog.approve_price_change",
            "catalog.set_delisting_rule",
            "orders.approve_refund",
            "timing.edit_calendar",
        }
        | MIND_THE_RANGE,
        desk="reports",
    ),
    Role(
        "operations_specialist",
        _("operations specialist"),
        "B2.2.3",
        READ_CATALOG
        | READ_STOCK
        | READ_ORDERS
        | {
            "catalog.quarantine_lot",
            "catalog.draft_product",
            "catalog.revise_product",
            "catalog.edit_revision",
            "catalog.discard_revision",
            "catalog.submit_revision",
            "catalog.receive_stock",
            "orders.confirm_order",
            "orders.cancel_order",
            "orders.open_exception",
        }
        | MIND_THE_RANGE,
        desk="service",
    ),
    Role(
        "promotion_specialist",
        _("promotion specialist"),
        "A3.1",
        READ_FIGURES | READ_CATALOG,
    ),
    Role(
        "data_analyst",
        _("data analyst"),
        "B2.2.3",
        EXPORT_LISTS | READ_FIGURES | READ_CATALOG | READ_ORDERS,
    ),
    Role(
        "service_supervisor",
        _("service supervisor"),
        "B2.2.4",
        EXPORT_LISTS
        | READ_FIGURES
        | READ_CATALOG
        | READ_STOCK
        | READ_ORDERS
        | READ_PAYMENTS
        | READ_CUSTOMERS
        | READ_PICTURES
        | TAKE_REQUESTS
        | {"rights.call_off_erasure", "rights.erase_customer"}
        | READ_READINGS
        | WRITE_FORMS
        | MARK_SHEETS
        | {"forms.publish_form"}
        | {
            "orders.confirm_order",
            "orders.sign_order",
            "orders.cancel_order",
            "orders.open_exception",
            "orders.reveal_address",
            "events.view_delivery",
        }
        | DECIDE_CASES
        | FOLLOW_RECALLS
        | {"orders.approve_refund", "orders.set_limits"}
        | KEEP_THE_NOTICE_LOG,
        desk="service",
    ),
    Role(
        "service_agent",
        _("service agent"),
        "B2.2.5",
        READ_CATALOG
        | READ_ORDERS
        | READ_CUSTOMERS
        | READ_PICTURES
        | TAKE_REQUESTS
        | {
            "orders.confirm_order",
            "orders.sign_order",
            "orders.cancel_order",
            "orders.open_exception",
            "orders.reveal_address",
        }
        | FOLLOW_RECALLS
        | DECIDE_CASES,
        desk="service",
    ),
    Role(
        "warehouse",
        _("warehouse hand"),
        "A4.2b",
        READ_CATALOG
        | READ_STOCK
        | READ_ORDERS
        | WORK_THE_WAREHOUSE
        | DESTROY_UNFIT_GOODS
        | {
            "catalog.quarantine_lot",
            "catalog.allot",
            "catalog.give_back_allotment",
            "catalog.move_picked",
            "catalog.move_shipped",
            "catalog.take_back_goods",
            "catalog.shelve_returned",
            "catalog.write_off_returned",
            "catalog.write_off_short",
            "orders.open_exception",
            "orders.reveal_address",
            "catalog.receive_stock",
        },
        desk="warehouse",
    ),
    Role("purchaser", _("purchaser"), "B3.2.2", READ_CATALOG | READ_STOCK),
    Role(
        "compliance_reviewer",
        _("compliance reviewer"),
        "A4.1a",
        READ_CATALOG
        | READ_STOCK
        | DESTROY_UNFIT_GOODS
        | MIND_PAPERS
        | {
            "catalog.quarantine_lot",
            "catalog.release_lot",
            "catalog.recall_lot",
            "catalog.approve_revision",
            "catalog.return_revision",
        },
    ),
    Role(
        "technical_lead",
        _("technical lead"),
        "A3.3",
        READ_FIGURES
        | READ_CATALOG
        | READ_ORDERS
        | READ_STAFF
        | READ_AUDIT
        | READ_FILES
        | MIND_THE_MACHINE
        | MIND_ADDRESSES
        | KEEP_THE_NOTICE_LOG
        | {
            "catalog.publish_revision",
            "catalog.confirm_channel",
            "identity.reset_second_factor",
        },
    ),
    Role("engineer", _("engineer"), "A3.3", READ_CATALOG | MIND_THE_MACHINE | KEEP_THE_NOTICE_LOG),
    Role("design_lead", _("design lead"), "B2.2.6", READ_CATALOG),
    Role("designer", _("designer"), "B2.2.7", READ_CATALOG),
    Role(
        "finance",
        _("finance clerk"),
        "C6.1.2",
        READ_ORDERS
        | READ_PAYMENTS
        | READ_BOOKS
        | {"books.reverse_journal", "orders.refund_dispute"},
    ),
    Role(
        "hr",
        _("HR clerk"),
        "B7.2.1",
        READ_STAFF
        | MIND_ADDRESSES
        | READ_READINGS
        | WRITE_POLICIES
        | WRITE_FORMS
        | MARK_SHEETS
        | {"forms.publish_form"}
        | {
            "timing.edit_calendar",
            "identity.reset_second_factor",
            "identity.dismiss_staff_user",
        },
    ),
    Role(
        "department_head",
        _("department head"),
        "B7.2.2",
        READ_FIGURES | READ_CATALOG | READ_ORDERS | READ_READINGS,
        desk="reports",
    ),
    Role("shop_clerk", _("shop clerk"), "D1.2", READ_CATALOG),
    Role("agent_team_lead", _("agent-team lead"), "C2.1.1", READ_CATALOG),
)

ROLES = tuple(replace(post, permissions=post.permissions | EVERY_POST) for post in POSTS)

CUSTOMER = Role(
    "customer",
    _("customer"),
    "A2",
    frozenset(
        {
            "identity.save_address",
            "identity.remove_address",
            "identity.rename_customer",
            "identity.sign_out",
            "marketing.join_membership",
            "orders.put_cart_line",
            "orders.remove_cart_line",
            "orders.place_order",
            "orders.cancel_order",
            "orders.pay_order",
            "orders.sign_order",
            "orders.open_case",
            "orders.withdraw_case",
            "notices.set_preferences",
            "notices.allow_messages",
            "records.accept_policies",
            "records.keep_file",
            "records.read_file",
            "rights.request_copy",
            "rights.issue_copy_link",
            "rights.request_erasure",
            "rights.call_off_erasure",
            "forms.fill_sheet",
        }
    ),
)

BY_CODE = {role.code: role for role in ROLES}
