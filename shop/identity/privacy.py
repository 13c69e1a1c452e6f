"""The inventory of personal data: every column, why we have it, how long, and what becomes of it.

Personal Information Protection Law art. 6 (minimal), 19 (shortest time), 45 (copy), 47 (deletion),
51 (classes, encryption). A test walks every model: a text, JSON or binary column that is neither
here nor in `IMPERSONAL` fails it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Class(StrEnum):
    """How much harm a leak would do."""

    IDENTIFIER = "identifier"  # points at one person
    CONTACT = "contact"  # reaches one person
    BASIC = "basic"  # describes a person, harmless alone
    CREDENTIAL = "credential"  # opens a door
    BEHAVIOUR = "behaviour"  # what a person did


class Erase(StrEnum):
    """What erasure of a person does to the column."""

    DELETE = "delete"  # the row goes
    BLANK = "blank"  # the value goes, the row stays: a record that law demands tells of nobody
    KEEP = "keep"  # law demands it until its time is over


@dataclass(frozen=True)
class Personal:
    """One column: its class, what it is for, how long, how it is shown, and its two rights."""

    kind: Class
    purpose: str
    retention: str
    mask: str
    exported: bool
    erase: Erase


WHILE_CUSTOMER = "until the account is erased"
WHILE_EMPLOYED = "until three years after leaving"
TRADE_RECORD = "three years after completion (E-Commerce Law art. 31)"
SIGNED_IN = "30 days"

NAME = Personal(Class.BASIC, "deliver", WHILE_CUSTOMER, "family name", True, Erase.DELETE)
PHONE = Personal(Class.CONTACT, "deliver", WHILE_CUSTOMER, "first 3, last 4", True, Erase.DELETE)
STREET = Personal(Class.CONTACT, "deliver", WHILE_CUSTOMER, "hidden", True, Erase.DELETE)
REGION = Personal(Class.BASIC, "deliver; statistics", WHILE_CUSTOMER, "none", True, Erase.DELETE)
ORDER_NAME = Personal(Class.BASIC, "deliver", TRADE_RECORD, "family name", True, Erase.BLANK)
ORDER_PHONE = Personal(Class.CONTACT, "deliver", TRADE_RECORD, "first 3, last 4", True, Erase.BLANK)
ORDER_STREET = Personal(Class.CONTACT, "deliver", TRADE_RECORD, "hidden", True, Erase.BLANK)
ORDER_REGION = Personal(Class.BASIC, "deliver; statistics", TRADE_RECORD, "none", True, Erase.KEEP)
WORD = Personal(Class.BASIC, "the customer's wish", TRADE_RECORD, "none", True, Erase.BLANK)
SCAN = Personal(Class.BASIC, "follow a parcel", TRADE_RECORD, "none", True, Erase.BLANK)
OPENID = Personal(
    Class.IDENTIFIER, "sign in, be paid", WHILE_CUSTOMER, "hidden", False, Erase.BLANK
)
BROWSING = Personal(
    Class.BEHAVIOUR, "statistics of the shop", "thirteen months", "none", True, Erase.DELETE
)
TOKEN = Personal(Class.CREDENTIAL, "stay signed in", SIGNED_IN, "hidden", False, Erase.DELETE)
# What staff write while they see to a case may name the customer whom they called.
CASE = Personal(Class.BASIC, "see to a case", TRADE_RECORD, "none", True, Erase.BLANK)
STAFF_NAME = Personal(Class.BASIC, "who acted", WHILE_EMPLOYED, "none", True, Erase.KEEP)
STAFF_SECRET = Personal(Class.CREDENTIAL, "sign in", WHILE_EMPLOYED, "hidden", False, Erase.BLANK)
STAFF_TRACE = Personal(Class.BEHAVIOUR, "security", "six months", "none", True, Erase.KEEP)


class Match(StrEnum):
    """How a row says whose it is."""

    LINK = "link"  # `path` leads to the customer
    STREAM = "stream"  # `path` names a subject of theirs: order:12
    SCOPE = "scope"  # `path` begins with the customer's number


@dataclass(frozen=True)
class Owned:
    """A table with rows of customers: how they are found, and whether erasure takes the rows."""

    path: str
    rows: Erase
    match: Match = Match.LINK


OWNED: dict[str, Owned] = {
    "identity.Customer": Owned("pk", Erase.KEEP),
    "identity.CustomerToken": Owned("customer", Erase.DELETE),
    "identity.Address": Owned("party__customer", Erase.DELETE),
    "orders.CartLine": Owned("customer", Erase.DELETE),
    "orders.Order": Owned("customer", Erase.KEEP),
    "orders.OrderCheck": Owned("order__customer", Erase.KEEP),
    "orders.RecalledGoods": Owned("order__customer", Erase.KEEP),
    "orders.OrderLine": Owned("order__customer", Erase.KEEP),
    "orders.Payment": Owned("order__customer", Erase.KEEP),
    "orders.AfterSalesCase": Owned("order__customer", Erase.KEEP),
    "orders.Parcel": Owned("order__customer", Erase.KEEP),
    "orders.TrackingScan": Owned("parcel__order__customer", Erase.KEEP),
    "orders.ParcelLine": Owned("parcel__order__customer", Erase.KEEP),
    "orders.PickTask": Owned("order__customer", Erase.KEEP),
    "orders.PickScan": Owned("task__order__customer", Erase.KEEP),
    "marketing.Membership": Owned("customer", Erase.DELETE),
    "analytics.PageEvent": Owned("visitor__customer", Erase.DELETE),
    "analytics.Visit": Owned("visitor__customer", Erase.DELETE),
    "analytics.Visitor": Owned("customer", Erase.DELETE),
    "notices.Notice": Owned("party__customer", Erase.KEEP),
    "notices.Consent": Owned("customer", Erase.KEEP),
    "notices.Wishes": Owned("party__customer", Erase.DELETE),
    "notices.Allowance": Owned("customer", Erase.DELETE),
    "records.PolicyAcceptance": Owned("customer", Erase.KEEP),
    "records.StoredFile": Owned("owner__customer", Erase.KEEP),
    "records.AuditEntry": Owned("customer_id", Erase.KEEP),
    "books.JournalLine": Owned("party__customer", Erase.KEEP),
    "books.PartyBalance": Owned("party__customer", Erase.KEEP),
    "rights.DataRequest": Owned("customer", Erase.KEEP),
    "forms.Answer": Owned("sheet__customer", Erase.KEEP),
    "forms.Result": Owned("sheet__customer", Erase.KEEP),
    "forms.Sheet": Owned("customer", Erase.KEEP),
    "work.WorkItem": Owned("subject", Erase.KEEP, Match.STREAM),
    "work.WorkEntry": Owned("item__subject", Erase.KEEP, Match.STREAM),
    "work.WorkHandOver": Owned("item__subject", Erase.KEEP, Match.STREAM),
    "work.Approval": Owned("subject", Erase.KEEP, Match.STREAM),
    "doors.IdempotencyKey": Owned("scope", Erase.DELETE, Match.SCOPE),
}
"""Every table that holds something of a customer, in the order in which erasure goes through them:
what leans on another comes first. A test walks all models for one that is missing."""

NOT_OF_CUSTOMERS: dict[str, str] = {
    "identity.User": "staff",
    "work.Deputation": "staff",
    "work.Job": "staff's long work: a filter may name somebody, and no row says whom",
    "work.JobError": "lines of tables that staff brought in",
    "papers.Paper": "the house's own; staff write why one was withdrawn",
    "analytics.Subscription": "staff",
    "notices.MailAddress": "staff",
    "analytics.ReportContent": "names staff alone",
    "axes.AccessAttempt": "staff",
    "axes.AccessFailureLog": "staff",
    "axes.AccessLog": "staff",
    "otp_totp.TOTPDevice": "staff",
    "sessions.Session": "staff",
    "events.InboxMessage": "as vendors sent it: whose it is cannot be told without opening it",
}
"""Tables with personal columns of which no row can be found by its customer."""

PERSONAL: dict[str, Personal] = {
    "identity.User.username": STAFF_NAME,
    "identity.User.name": STAFF_NAME,
    "identity.User.email": STAFF_NAME,
    "identity.User.password": STAFF_SECRET,
    "identity.Customer.openid": OPENID,
    "identity.Customer.openid_index": OPENID,
    "identity.Customer.unionid": OPENID,
    "identity.Customer.nickname": NAME,
    "identity.CustomerToken.digest": TOKEN,
    "identity.Address.recipient": NAME,
    "identity.Address.phone": PHONE,
    "identity.Address.province": REGION,
    "identity.Address.city": REGION,
    "identity.Address.district": REGION,
    "identity.Address.street": STREET,
    "orders.Order.recipient": ORDER_NAME,
    "orders.Order.phone": ORDER_PHONE,
    "orders.Order.phone_index": ORDER_PHONE,
    "orders.Order.province": ORDER_REGION,
    "orders.Order.city": ORDER_REGION,
    "orders.Order.district": ORDER_REGION,
    "orders.Order.street": ORDER_STREET,
    "orders.OrderCheck.address_index": replace(ORDER_STREET, mask="keyed hash", exported=False),
    "orders.Order.remark": WORD,
    "orders.Order.cancel_note": CASE,
    # A carrier's words may name the courier, or whoever signed.
    "orders.TrackingScan.text": SCAN,
    "orders.TrackingScan.place": SCAN,
    "orders.RecalledGoods.note": CASE,
    "orders.AfterSalesCase.note": WORD,
    "orders.AfterSalesCase.answer": CASE,
    "analytics.Visitor.device_digest": replace(BROWSING, mask="keyed hash", exported=False),
    "analytics.Visit.campaign": BROWSING,
    "analytics.PageEvent.page": BROWSING,
    "analytics.Subscription.refused_address": STAFF_NAME,
    "notices.MailAddress.address": STAFF_NAME,
    # A report names the colleague with whom late work lies.
    "analytics.ReportContent.text": STAFF_NAME,
    "analytics.ReportContent.html": STAFF_NAME,
    "doors.IdempotencyKey.body": Personal(
        Class.CONTACT, "answer a retry", "seven days", "hidden", False, Erase.DELETE
    ),
    # WeChat Pay's envelope: the payer's openid is inside, sealed with the APIv3 key. A carrier's
    # push: its words may name the courier, or whoever signed.
    "events.InboxMessage.raw": Personal(
        Class.IDENTIFIER,
        "prove a payment, or what a carrier said",
        TRADE_RECORD,
        "hidden",
        False,
        Erase.KEEP,
    ),
    # Its content goes with it; whose file it is says the owner.
    "records.StoredFile.name": Personal(
        Class.BASIC,
        "what somebody sent us",
        "until its purpose's time",
        "hidden",
        True,
        Erase.BLANK,
    ),
    "work.WorkItem.done": CASE,
    "work.WorkEntry.text": CASE,
    "work.WorkHandOver.why": CASE,
    "work.Approval.reason": CASE,
    "work.Approval.comment": CASE,
    "work.Deputation.why": STAFF_NAME,
    # A filter that was exported may be a person's name; what a file said may stand in an error.
    "work.Job.payload": CASE,
    "work.JobError.text": CASE,
    "work.JobError.parameters": CASE,
    "papers.Paper.withdrawn_why": STAFF_NAME,
    # An answer in words is the customer's own; why a result was corrected may name them.
    "forms.Answer.text": replace(WORD, purpose="what somebody answered"),
    "forms.Result.reason": CASE,
    "records.AuditEntry.network": Personal(
        Class.BEHAVIOUR, "security", "three years", "keyed hash", False, Erase.KEEP
    ),
    "axes.AccessAttempt.username": STAFF_TRACE,
    "axes.AccessAttempt.ip_address": STAFF_TRACE,
    "axes.AccessAttempt.get_data": STAFF_TRACE,
    "axes.AccessAttempt.post_data": STAFF_TRACE,
    "axes.AccessAttempt.user_agent": STAFF_TRACE,
    "axes.AccessFailureLog.username": STAFF_TRACE,
    "axes.AccessFailureLog.ip_address": STAFF_TRACE,
    "axes.AccessFailureLog.user_agent": STAFF_TRACE,
    "axes.AccessLog.username": STAFF_TRACE,
    "axes.AccessLog.ip_address": STAFF_TRACE,
    "axes.AccessLog.user_agent": STAFF_TRACE,
    "axes.AccessLog.session_hash": STAFF_SECRET,
    "otp_totp.TOTPDevice.key": STAFF_SECRET,
    "sessions.Session.session_key": STAFF_SECRET,
    "sessions.Session.session_data": STAFF_SECRET,
}

IMPERSONAL: frozenset[str] = frozenset(
    {
        "analytics.DroppedEvents.reason",
        "analytics.ReportContent.digest",
        "analytics.ReportContent.language",
        "analytics.ReportContent.subject",
        "analytics.ReportContent.chart",
        "analytics.ReportContent.workbook",
        "analytics.ReportMail.code",
        "analytics.ReportMail.sight",
        "analytics.ReportRun.zone",
        "books.Journal.kind",
        "books.Journal.subject",
        "books.JournalLine.account",
        "books.PartyBalance.account",
        "figures.MeasuredValue.indicator",
        "figures.MeasuredValue.dimension",
        "figures.MeasuredValue.member",
        "admin.LogEntry.object_id",
        "admin.LogEntry.object_repr",
        "admin.LogEntry.change_message",
        "auth.Group.name",
        "auth.Permission.name",
        "auth.Permission.codename",
        "axes.AccessAttempt.http_accept",
        "axes.AccessAttempt.path_info",
        "axes.AccessFailureLog.http_accept",
        "axes.AccessFailureLog.path_info",
        "axes.AccessLog.http_accept",
        "axes.AccessLog.path_info",
        "contenttypes.ContentType.app_label",
        "contenttypes.ContentType.model",
        "otp_totp.TOTPDevice.name",
        "catalog.Brand.name",
        "catalog.Category.name",
        "catalog.Category.slug",
        "catalog.Product.code",
        "catalog.ShelfCard.found_by",
        "catalog.ShelfCard.page",
        "catalog.ShelfCard.row",
        "catalog.ProductRevision.title",
        "catalog.ProductRevision.selling_point",
        "catalog.ProductRevision.approval_number",
        "catalog.ProductRevision.efficacy",
        "catalog.ProductRevision.ingredients",
        "catalog.ProductRevision.functional_components",
        "catalog.ProductRevision.suitable_for",
        "catalog.ProductRevision.unsuitable_for",
        "catalog.ProductRevision.usage",
        "catalog.ProductRevision.storage",
        "catalog.ProductRevision.shelf_life",
        "catalog.ProductRevision.origin",
        "catalog.ProductRevision.manufacturer",
        "catalog.ProductRevision.package_material",
        "catalog.ProductRevision.after_sales_terms",
        "catalog.ProductRevision.notice",
        "catalog.ProductRevision.content_hash",
        "catalog.ProductRevision.returned_why",
        "catalog.Delisting.evidence",
        "catalog.Delisting.lesson",
        "catalog.ChannelCheck.note",
        "catalog.PriceChange.why",
        "catalog.PriceChange.competitors",
        "catalog.DelistingCandidate.figures",
        "catalog.DelistingCandidate.why",
        "catalog.Sku.code",
        "catalog.Sku.name",
        "catalog.StockMove.reference",
        "catalog.Place.code",
        "catalog.Place.name",
        "catalog.Lot.code",
        "catalog.Lot.document",
        "catalog.Lot.note",
        "catalog.Disposal.why",
        "catalog.LotMove.reference",
        "catalog.LotAllotment.reference",
        "doors.IdempotencyKey.scope",
        "doors.IdempotencyKey.key",
        "doors.IdempotencyKey.request_hash",
        "events.Delivery.reaction",
        "events.Delivery.lane",
        "events.Delivery.stream",
        "events.Delivery.last_error",
        "events.EventLog.kind",
        "events.EventLog.stream",
        "events.EventLog.data",
        "events.EventLog.door",
        "events.EventLog.reason",
        "events.InboxMessage.source",
        "events.InboxMessage.external_id",
        "events.InboxMessage.body_hash",
        "events.InboxMessage.outcome",
        "events.Stream.name",
        "notices.Notice.kind",
        "notices.Notice.post",
        "notices.Notice.key",
        "notices.Notice.subject",
        "notices.Notice.figures",
        "notices.NoticeSending.code",
        "notices.MailBounce.message_id",
        "notices.MailBounce.status",
        "notices.Consent.purpose",
        "notices.Consent.text_hash",
        "notices.Consent.language",
        "notices.Consent.given_by",
        "notices.Consent.evidence",
        "notices.Consent.withdrawn_by",
        "notices.Consent.withdrawal",
        "notices.Allowance.template",
        "orders.AfterSalesCase.number",
        "orders.Order.number",
        "orders.Order.policies",
        "orders.OrderCheck.findings",
        "orders.OrderLimits.blocked_regions",
        "orders.OrderLine.title",
        "orders.OrderLine.specification",
        "orders.OrderLine.adjustments",
        "orders.Parcel.waybill",
        "orders.ShippingUpload.code",
        "orders.TrackingScan.digest",
        "orders.WaybillOrder.number",
        "orders.WaybillOrder.waybill",
        "orders.WaybillOrder.code",
        "orders.Payment.out_trade_no",
        "orders.Payment.prepay_id",
        "orders.Payment.transaction_id",
        "orders.PaymentDispute.out_trade_no",
        "orders.PaymentDispute.transaction_id",
        "orders.PaymentDispute.fields",
        "orders.Refund.out_refund_no",
        "orders.Refund.refund_id",
        "records.AuditEntry.subject",
        "records.AuditEntry.purpose",
        "records.AuditEntry.door",
        "records.AuditEntry.request_id",
        "records.Channel.code",
        "records.Channel.name",
        "records.Policy.code",
        "records.Policy.title",
        "records.Policy.posts",
        "records.PolicyVersion.text",
        "records.PolicyVersion.text_hash",
        "records.PolicyVersion.changes",
        "records.PolicyReading.text_hash",
        "records.PolicyAcceptance.text_hash",
        "records.Batch.head",
        "rights.DataRequest.link_digest",
        "records.StoredFile.purpose",
        "records.StoredFile.content_type",
        "records.StoredFile.sha256",
        "records.StoredFile.key",
        "records.Seal.digest",
        "timing.Calendar.code",
        "timing.Calendar.name",
        "timing.CalendarVersion.week",
        "timing.CalendarVersion.years",
        "timing.CalendarDay.name",
        "timing.CalendarDay.source",
        "timing.Timer.kind",
        "timing.Timer.subject",
        "timing.Timer.last_error",
        "timing.Clock.kind",
        "timing.Clock.subject",
        "timing.ClockPause.reason",
        "work.WorkItem.kind",
        "work.WorkItem.reason",
        "work.WorkItem.key",
        "work.WorkItem.subject",
        "work.WorkItem.figures",
        "work.WorkItem.holds",
        "work.WorkItem.role",
        "work.WorkItem.outcome",
        "work.WorkHandOver.from_role",
        "work.WorkHandOver.to_role",
        "work.Approval.kind",
        "work.Approval.subject",
        "work.Approval.payload",
        "work.Approval.payload_hash",
        "work.WithinLimit.kind",
        "work.Job.kind",
        "work.Job.resume",
        "work.Job.last_error",
        "work.JobError.column",
        "work.WithinLimit.subject",
        "papers.Paper.kind",
        "papers.Paper.subject",
        "papers.Paper.number",
        "papers.Paper.issuer",
        "forms.Form.use",
        "forms.Form.name",
        "forms.FormVersion.content",
        "forms.FormVersion.content_hash",
        "forms.Sheet.subject",
        "forms.Sheet.asked",
        "forms.Answer.question",
        "forms.Answer.value",
        "forms.Result.lines",
        "forms.Result.marks",
        "timing.ClockJob.code",
        "timing.ClockJob.schedule",
        "timing.JobRun.last_error",
    }
)
