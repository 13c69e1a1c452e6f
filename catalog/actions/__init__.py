"""What changes the catalogue: the listing path, prices, stock and its lots."""

from catalog.actions.allotments import (
    Allotment,
    allot,
    give_back_allotment,
    move_picked,
    move_shipped,
    ship_units,
)
from catalog.actions.candidates import (
    decline_candidate,
    lapse_candidate,
    propose_delisting,
    set_delisting_rule,
    take_up_candidate,
)
from catalog.actions.delisting import (
    close_delisting,
    confirm_channel,
    record_copy,
    request_delisting,
)
from catalog.actions.disposals import (
    Evidence,
    call_off_disposal,
    propose_disposal,
    witness_disposal,
)
from catalog.actions.listing import (
    ProductCard,
    add_brand,
    add_category,
    approve_revision,
    draft_product,
    publish_revision,
    submit_revision,
)
from catalog.actions.lots import (
    expire_lot,
    quarantine_lot,
    recall_lot,
    release_lot,
    warn_of_expiry,
    withdraw_lot_in_time,
)
from catalog.actions.price_changes import (
    PriceProposal,
    ask_price_change,
    drop_price_change,
    put_price_in_effect,
    schedule_price_change,
    withdraw_price_change,
)
from catalog.actions.prices import price_sku
from catalog.actions.proof import report_difference, settle_difference, settle_shortage
from catalog.actions.receiving import LotFacts, receive_stock
from catalog.actions.returns import shelve_returned, take_back_goods, write_off_returned
from catalog.actions.revisions import (
    discard_revision,
    edit_revision,
    return_revision,
    revise_product,
)
from catalog.actions.shortfalls import write_off_short
from catalog.actions.stock import give_back_stock, release_stock, take_stock

__all__ = [
    "Allotment",
    "Evidence",
    "LotFacts",
    "PriceProposal",
    "ProductCard",
    "add_brand",
    "add_category",
    "allot",
    "approve_revision",
    "ask_price_change",
    "call_off_disposal",
    "close_delisting",
    "confirm_channel",
    "decline_candidate",
    "discard_revision",
    "draft_product",
    "drop_price_change",
    "edit_revision",
    "expire_lot",
    "give_back_allotment",
    "give_back_stock",
    "lapse_candidate",
    "move_picked",
    "move_shipped",
    "price_sku",
    "propose_delisting",
    "propose_disposal",
    "publish_revision",
    "put_price_in_effect",
    "quarantine_lot",
    "recall_lot",
    "receive_stock",
    "record_copy",
    "release_lot",
    "release_stock",
    "report_difference",
    "request_delisting",
    "return_revision",
    "revise_product",
    "schedule_price_change",
    "set_delisting_rule",
    "settle_difference",
    "settle_shortage",
    "shelve_returned",
    "ship_units",
    "submit_revision",
    "take_back_goods",
    "take_stock",
    "take_up_candidate",
    "warn_of_expiry",
    "withdraw_lot_in_time",
    "withdraw_price_change",
    "witness_disposal",
    "write_off_returned",
    "write_off_short",
]
