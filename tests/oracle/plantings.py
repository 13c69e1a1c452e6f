"""One corruption for each invariant, as a careless or wicked hand would make it: past every
trigger and action. Each names the subject that the oracle must name."""

import os
import time
from dataclasses import replace

from django.db import connection

from shop.records import storage
from tests import cast
from tests.oracle.stage import HUAS_PHONE
from tests.pictures import picture

PLANTINGS: dict = {}
ALSO: dict = {}


def planted(name, *, also=()):
    """Register the corruption that this invariant must find; `also` names others that see it."""

    def register(plant):
        PLANTINGS[name] = plant
        ALSO[name] = set(also)
        return plant

    return register


def sql(statement, *values):
    """Run it with triggers and foreign keys off; what RETURNING gave, if it gave something."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        row = cursor.fetchone() if cursor.description else None
        cursor.execute("SET session_replication_role = origin")
    return row[0] if row else None


# stock and money


@planted("catalog.stock_is_the_sum_of_its_moves", also=["catalog.promises_are_covered_by_goods"])
def a_unit_appears(stage):
    sql("UPDATE catalog_offer SET available = available + 1 WHERE sku_id = %s", stage.sku.pk)
    return stage.sku.code


@planted("catalog.moves_have_the_sign_of_their_cause")
def goods_came_in_backwards(stage):
    move = sql(
        "INSERT INTO catalog_stockmove (sku_id, cause, quantity, reference, at)"
        " VALUES (%s, 'received', 1, 'GR-8', now()), (%s, 'received', -1, 'GR-9', now())"
        " RETURNING id",
        stage.sku.pk,
        stage.sku.pk,
    )
    return f"move {move + 1} GR-9"


@planted("orders.orders_hold_their_stock", also=["catalog.promises_are_covered_by_goods"])
def a_cancelled_order_never_gave_back(stage):
    sql(
        "UPDATE catalog_stockmove SET cause = 'received' WHERE cause = 'released'"
        " AND reference = %s",
        stage.cancelled.number,
    )
    return f"order {stage.cancelled.number}, SKU {stage.sku.pk}"


@planted("catalog.cards_say_what_the_rows_say")
def customers_see_a_lower_price(stage):
    sql(
        "UPDATE catalog_shelfcard SET price_fen = price_fen - 1 WHERE product_id = %s",
        stage.sku.product_id,
    )
    return f"product:{stage.sku.product_id}"


def lot_of(stage, code="dated"):
    return stage.sku.lots.get(code=code)


@planted("catalog.goods_are_where_they_moved")
def a_unit_is_counted_that_never_moved(stage):
    lot = lot_of(stage)
    sql("UPDATE catalog_lotbalance SET quantity = quantity + 1 WHERE place_id = 'customer'"
        " AND lot_id = %s", lot.pk)  # fmt: skip
    return f"lot {lot.pk} at customer"


@planted("catalog.promises_are_covered_by_goods", also=["orders.orders_hold_their_stock"])
def a_promise_is_called_something_else(stage):
    sql("UPDATE catalog_stockmove SET cause = 'held' WHERE cause = 'ordered' AND reference = %s",
        stage.unpaid.number)  # fmt: skip
    return stage.sku.code


@planted("catalog.allotted_goods_are_there")
def a_unit_is_allotted_to_two(stage):
    lot = lot_of(stage)
    sql("UPDATE catalog_lotallotment SET to_pick = to_pick + 1 WHERE reference = 'waiting'")
    return f"lot {lot.pk}"


@planted("catalog.what_was_allotted_left_once")
def a_parcel_is_said_to_hold_more(stage):
    sql("UPDATE catalog_lotallotment SET shipped = shipped + 1 WHERE reference = %s",
        stage.completed.number)  # fmt: skip
    return f"{stage.completed.number}, lot {lot_of(stage).pk}"


@planted(
    "catalog.unsellable_lots_are_set_aside",
    also=["catalog.promises_are_covered_by_goods", "catalog.lots_lived_as_told"],
)
def a_recalled_lot_stays_on_the_shelf(stage):
    sql("UPDATE catalog_lot SET status = 'recalled', reason = 'quality' WHERE id = %s",
        lot_of(stage).pk)  # fmt: skip
    return f"lot {lot_of(stage).pk}"


@planted("catalog.unsellable_lots_stayed")
def goods_left_past_their_day(stage):
    sql("UPDATE catalog_lot SET expires_on = current_date - 2 WHERE id = %s", lot_of(stage).pk)
    left = "SELECT format('move %%s %%s', id, reference) FROM catalog_lotmove"
    return sql(f"{left} WHERE cause = 'shipped' AND reference LIKE %s",
               f"{stage.completed.number}%")  # fmt: skip


@planted("catalog.dated_lots_are_watched")
def nobody_watches_a_lot(stage):
    sql("UPDATE timing_timer SET state = 'cancelled' WHERE kind = 'catalog.lot_age'"
        " AND subject = %s", lot_of(stage).stream)  # fmt: skip
    return lot_of(stage).stream


@planted("catalog.lots_lived_as_told")
def a_lot_was_set_aside_unseen(stage):
    sql("UPDATE events_eventlog SET kind = 'catalog.LotNearedExpiry'"
        " WHERE kind = 'catalog.LotQuarantined'")  # fmt: skip
    return lot_of(stage, "set-aside").stream


@planted("catalog.what_was_destroyed_was_witnessed")
def more_was_destroyed_than_left(stage):
    disposal = sql("UPDATE catalog_disposal SET quantity = quantity + 1 WHERE lot_id = %s"
                   " RETURNING id", lot_of(stage, "set-aside").pk)  # fmt: skip
    return f"disposal {disposal}"


@planted(
    "orders.goods_left_by_their_lots",
    also=["catalog.what_was_allotted_left_once", "orders.parcels_left_by_lot"],
)
def a_parcel_left_in_another_name(stage):
    sql("UPDATE catalog_lotmove SET reference = 'nobody P1' WHERE cause = 'shipped'"
        " AND reference LIKE %s", f"{stage.completed.number}%")  # fmt: skip
    return f"order {stage.completed.number}, SKU {stage.sku.pk}"


@planted("orders.paid_is_captured", also=["orders.money_moved_is_in_the_books"])
def a_fen_was_never_captured(stage):
    sql("UPDATE orders_payment SET amount_fen = amount_fen - 1 WHERE order_id = %s",
        stage.completed.pk)  # fmt: skip
    for trade in stage.trades:
        if trade["out_trade_no"].startswith(stage.completed.number):
            trade["total"] -= 1
    return f"order {stage.completed.number}"


@planted("orders.orders_cost_their_lines")
def a_line_grows_dearer(stage):
    sql("UPDATE orders_orderline SET payable_fen = payable_fen + 1 WHERE order_id = %s",
        stage.unpaid.pk)  # fmt: skip
    return f"order {stage.unpaid.number}"


@planted("orders.payments_equal_the_books")
def a_success_never_reached_us(stage):
    [trade] = [t for t in stage.trades if t["out_trade_no"].startswith(stage.unpaid.number)]
    trade |= {
        "state": "SUCCESS",
        "transaction_id": "42000lost",
        "success_time": "2026-11-20T12:00:00+08:00",
    }
    return trade["out_trade_no"]


@planted("books.journals_balance")
def a_line_weighs_more(stage):
    journal = sql("UPDATE books_journalline SET amount_fen = amount_fen + 1"
                  " WHERE party_id IS NULL AND journal_id ="
                  " (SELECT id FROM books_journal WHERE kind = 'tests.oracle')"
                  " RETURNING journal_id")  # fmt: skip
    return f"J{journal}"


@planted("books.balances_are_sums")
def a_party_owes_more(stage):
    party = sql("UPDATE books_partybalance SET balance_fen = balance_fen - 1"
                " WHERE account = '2204' RETURNING party_id")  # fmt: skip
    return f"party {party} on 2204"


@planted("orders.money_moved_is_in_the_books")
def a_receipt_is_booked_under_another_name(stage):
    sql("UPDATE books_journal SET subject = 'payment:0' WHERE kind = 'orders.paid'"
        " AND subject = %s", stage.completed.payments.get().stream)  # fmt: skip
    return stage.completed.payments.get().stream


@planted("orders.customers_stand_as_they_lived")
def a_customers_money_is_booked_as_anothers(stage):
    other = stage.unpaid.customer.party_id
    sql("UPDATE books_journalline SET party_id = %s WHERE party_id = %s AND account = '2241.01'",
        other, stage.disputed.customer.party_id)  # fmt: skip
    sql("UPDATE books_partybalance SET party_id = %s WHERE party_id = %s AND account = '2241.01'",
        other, stage.disputed.customer.party_id)  # fmt: skip
    return f"party {other} on 2241.01"


@planted("orders.sales_are_what_was_delivered")
def a_sale_is_booked_for_another_order(stage):
    sql("UPDATE books_journal SET subject = %s WHERE kind = 'orders.sold' AND subject = %s",
        stage.unpaid.stream, stage.completed.stream)  # fmt: skip
    return stage.completed.stream


@planted(
    "orders.parcels_hold_what_was_ordered",
    also=["orders.shipped_orders_left_whole", "orders.parcels_left_by_lot"],
)
def a_parcel_holds_a_unit_more(stage):
    sql("UPDATE orders_parcelline SET quantity = quantity + 1 WHERE line_id = %s",
        stage.completed.lines.get().pk)  # fmt: skip
    return f"order {stage.completed.number}, line 1"


@planted("orders.shipped_orders_left_whole", also=["orders.parcels_left_by_lot"])
def a_parcel_left_empty(stage):
    sql("DELETE FROM orders_parcelline WHERE line_id = %s", stage.completed.lines.get().pk)
    return f"order {stage.completed.number}, line 1"


@planted("orders.parcels_are_of_one_order")
def two_parcels_are_mixed_up(stage):
    mine, other = stage.completed.parcels.get(), stage.handed_over.parcels.get()
    sql("UPDATE orders_parcelline SET parcel_id = CASE parcel_id WHEN %s THEN %s ELSE %s END"
        " WHERE parcel_id IN (%s, %s)",
        mine.pk, other.pk, mine.pk, mine.pk, other.pk)  # fmt: skip
    return f"parcel {mine.pk}"


@planted("orders.hand_overs_count_their_parcels")
def a_parcel_went_with_nobody(stage):
    handed = stage.handed_over.parcels.get().hand_over
    sql("UPDATE orders_parcel SET hand_over_id = NULL WHERE hand_over_id = %s", handed.pk)
    return handed.stream


@planted("orders.parcels_left_by_lot")
def a_parcel_names_another_lot(stage):
    parcel, line = stage.completed.parcels.get(), stage.completed.parcels.get().lines.get()
    other = sql("INSERT INTO catalog_lot (sku_id, code, document, status, reason, note, version,"
                " received_at) VALUES (%s, 'OTHER', 'GR-8', 'sellable', '', '', 1, now())"
                " RETURNING id", stage.sku.pk)  # fmt: skip
    sql("UPDATE orders_parcelline SET lot_id = %s WHERE id = %s", other, line.pk)
    return f"parcel {parcel.pk}, lot {other}"


@planted("orders.pick_tasks_lived_as_told", also=["orders.kept_goods_have_an_order"])
def an_order_leaves_its_wave_untold(stage):
    wave = sql("UPDATE orders_picktask SET status = 'called_off', called_off_at = now(),"
               " why = 'by_hand' WHERE order_id = %s RETURNING wave_id",
               stage.in_a_wave.pk)  # fmt: skip
    return f"{stage.in_a_wave.stream} in wave {wave}"


@planted("orders.kept_goods_have_an_order", also=["orders.pick_tasks_lived_as_told"])
def goods_are_kept_for_nobody(stage):
    sql("DELETE FROM orders_picktask WHERE order_id = %s", stage.in_a_wave.pk)
    return f"order {stage.in_a_wave.number}"


@planted("orders.refunds_stay_within_what_came_in")
def a_fen_is_held_for_nothing(stage):
    number = sql("UPDATE orders_payment SET refund_held_fen = refund_held_fen - 1"
                 " WHERE order_id = %s RETURNING out_trade_no", stage.refunded.pk)  # fmt: skip
    return f"payment {number}"


@planted("orders.units_are_given_back_once")
def a_unit_is_asked_back_again(stage):
    sql("UPDATE orders_aftersalesline SET quantity = quantity + 1")
    return f"order {stage.refunded.number}, line 1"


@planted("orders.refunds_are_what_was_asked")
def a_case_asks_for_a_fen_more(stage):
    number = sql("UPDATE orders_aftersalescase SET amount_fen = amount_fen + 1 RETURNING number")
    return f"case {number}"


@planted("orders.parcels_are_where_they_were_scanned")
def a_scan_was_never_heard(stage):
    parcel = sql(
        "UPDATE orders_parceltrack SET latest_at = latest_at + interval '1 hour'"
        " WHERE parcel_id IN (SELECT id FROM orders_parcel WHERE order_id = %s)"
        " RETURNING parcel_id",
        stage.under_way.pk,
    )
    return f"parcel {parcel}"


@planted("orders.delivered_orders_are_signed")
def all_of_it_arrived_and_nobody_said_so(stage):
    sql(
        "UPDATE orders_parceltrack SET state = 'signed'"
        " WHERE parcel_id IN (SELECT id FROM orders_parcel WHERE order_id = %s)",
        stage.under_way.pk,
    )
    return f"order {stage.under_way.number}"


@planted("orders.what_was_found_was_held")
def an_order_went_by_the_checks(stage):
    sql("INSERT INTO orders_ordercheck (order_id, limits_id, address_index, findings, at)"
        " VALUES (%s, 0, '', '[\"value\"]', now())", stage.completed.pk)  # fmt: skip
    return f"order {stage.completed.number}"


@planted("orders.refunds_equal_the_books")
def money_went_back_unknown_to_us(stage):
    [trade] = [t for t in stage.trades if t["out_trade_no"].startswith(stage.refunded.number)]
    strange = trade["refunds"][0] | {"out_refund_no": "by hand"}
    trade["refunds"] = [*trade["refunds"], strange]
    return "by hand"


@planted("orders.cases_lived_as_told")
def a_case_was_never_accepted(stage):
    return sql("UPDATE events_eventlog SET kind = 'orders.MoneyAskedBack'"
                 " WHERE kind = 'orders.CaseAccepted' RETURNING stream")  # fmt: skip


@planted("orders.refunds_lived_as_told")
def a_refund_was_never_granted(stage):
    return sql("UPDATE events_eventlog SET kind = 'orders.RefundJammed'"
               " WHERE kind = 'orders.RefundGranted' RETURNING stream")  # fmt: skip


# facts, deliveries, messages


@planted("records.the_chain_is_whole")
def a_fact_is_reworded(stage):
    row = sql("UPDATE events_eventlog SET reason = 'the brand was always here'"
              " WHERE kind = 'identity.CustomerJoined' AND seq = 1 AND id = (SELECT id FROM"
              " events_eventlog WHERE kind = 'identity.CustomerJoined' LIMIT 1)"
              " RETURNING id")  # fmt: skip
    seq = sql("SELECT seq FROM records_seal WHERE row = %s", row)
    return f"place {seq} of the chain"


@planted("events.streams_have_no_gaps")
def a_fact_is_deleted(stage):
    sql("DELETE FROM events_eventlog WHERE kind = 'catalog.SkuPriced' AND stream = %s",
        stage.sku.stream)  # fmt: skip
    sql("DELETE FROM events_delivery WHERE event_id NOT IN (SELECT id FROM events_eventlog)")
    return stage.sku.stream


@planted("events.what_is_owed_is_written_down")
def a_delivery_is_lost(stage):
    seq = sql(
        "DELETE FROM events_delivery WHERE reaction = 'orders.let_payment_window_run'"
        " AND stream = %s RETURNING seq",
        stage.noticed.stream,
    )
    return f"orders.let_payment_window_run to {stage.noticed.stream}#{seq}"


@planted("events.deliveries_follow_their_facts")
def a_delivery_changes_its_place(stage):
    delivery = sql(
        "UPDATE events_delivery SET seq = seq + 50 WHERE stream = %s"
        " AND reaction = 'orders.push_order_to_service' RETURNING id",
        stage.completed.stream,
    )
    return f"delivery {delivery}"


@planted("events.deliveries_keep_their_order")
def a_later_fact_was_carried_first(stage):
    seq = sql(
        "UPDATE events_delivery SET done_at = done_at - interval '1 day'"
        " WHERE reaction = 'catalog.pass_revision_on' AND stream = %s AND seq ="
        " (SELECT max(seq) FROM events_delivery"
        "  WHERE reaction = 'catalog.pass_revision_on' AND stream = %s)"
        " RETURNING seq",
        stage.sku.product.stream,
        stage.sku.product.stream,
    )
    return f"catalog.pass_revision_on to {stage.sku.product.stream}#{seq}"


@planted("events.messages_are_announced")
def a_message_slips_in(stage):
    message = sql(
        "INSERT INTO events_inboxmessage"
        " (source, external_id, raw, body_hash, received_at, outcome, repeats)"
        " VALUES ('wechatpay', 'slipped', '', '', now(), '', 0) RETURNING id"
    )
    return f"message:{message}"


@planted("orders.pushes_have_one_effect")
def a_push_vanishes(stage):
    sql("DELETE FROM orders_deskpush WHERE desk = 'warehouse' AND order_id = %s",
        stage.completed.pk)  # fmt: skip
    return f"{stage.completed.stream} on the warehouse desk"


@planted("orders.carried_notices_are_applied")
def a_notice_was_never_applied(stage):
    message = sql("UPDATE events_inboxmessage SET applied_at = NULL RETURNING id")
    return f"message:{message}"


# files


@planted("records.files_have_their_content")
def a_content_is_lost(stage):
    storage.delete(stage.picture.key)
    stage.sessions.callback(storage.put, stage.picture.key, picture())
    return stage.picture.stream


@planted("records.no_content_is_stray")
def a_content_belongs_to_nobody(stage):
    storage.put("ff/nobodys", b"left over")
    stage.sessions.callback(storage.delete, "ff/nobodys")
    path = storage.storage().path("ff/nobodys")
    os.utime(path, (0, 0))
    return "ff/nobodys"


# time


@planted("timing.nothing_due_is_left_armed")
def a_timer_is_overslept(stage):
    sql("UPDATE timing_timer SET try_at = now() - interval '2 minutes' WHERE subject = %s",
        stage.unpaid.stream)  # fmt: skip
    return f"orders.payment_timeout of {stage.unpaid.stream}"


@planted("timing.nothing_fires_early")
def a_timer_fired_early(stage):
    sql("UPDATE timing_timer SET fired_at = due_at - interval '1 second'"
        " WHERE kind = 'tests.bell' AND level = 2")  # fmt: skip
    return "tests.bell of bell:1"


ARMED_CLOCK = (
    "(SELECT subject FROM timing_timer WHERE kind = 'timing.clock' AND level = 2"
    " AND state = 'armed' ORDER BY id LIMIT 1)"
)


@planted("timing.one_arming_is_live")
def an_old_arming_lives_on(stage):
    return "timing.clock of " + sql(
        "INSERT INTO timing_timer"
        " (kind, subject, generation, level, due_at, try_at, state, attempts, last_error)"
        " SELECT kind, subject, generation + 1, level, due_at, try_at, 'armed', 0, ''"
        f" FROM timing_timer WHERE kind = 'timing.clock' AND level = 2 AND subject = {ARMED_CLOCK}"
        " RETURNING subject"
    )


@planted("timing.levels_fire_upwards")
def a_warning_came_after_the_breach(stage):
    sql("UPDATE timing_timer SET fired_at = fired_at + interval '3 hours'"
        " WHERE kind = 'tests.bell' AND level = 1")  # fmt: skip
    return "tests.bell of bell:1, level 1"


@planted("timing.running_clocks_are_armed")
def a_clock_runs_to_no_end(stage):
    return sql(
        "UPDATE timing_timer SET state = 'cancelled' WHERE kind = 'timing.clock' AND level = 2"
        f" AND subject = {ARMED_CLOCK} RETURNING subject"
    )


@planted("orders.unpaid_orders_are_watched")
def nobody_watches_an_unpaid_order(stage):
    sql("UPDATE timing_timer SET state = 'cancelled' WHERE subject = %s", stage.unpaid.stream)
    return stage.unpaid.stream


@planted("orders.windows_end_by_their_timer")
def a_window_ended_twice(stage):
    sql("UPDATE timing_timer SET state = 'cancelled', fired_at = NULL WHERE subject = %s",
        stage.cancelled.stream)  # fmt: skip
    return stage.cancelled.stream


# reports


@planted("analytics.runs_speak_of_the_days_before")
def a_report_speaks_of_another_day(stage):
    run = sql("UPDATE analytics_reportrun SET since_on = since_on - 1 RETURNING id")
    return f"report_run:{run}"


@planted("analytics.mails_are_those_composed")
def a_mail_is_gone(stage):
    run = sql("DELETE FROM analytics_reportmail RETURNING run_id")
    return f"report_run:{run}"


# keys and recorded calls


@planted("doors.answers_are_kept_whole")
def half_an_answer_is_kept(stage):
    key = sql(
        "INSERT INTO doors_idempotencykey (scope, key, request_hash, status, created_at)"
        " VALUES ('1 POST /api/v1/orders/9/pay/', 'half-an-answer-00', '', 200, now())"
        " RETURNING id"
    )
    return f"key {key}"


@planted("doors.answers_repeat")
def a_retry_heard_something_else(stage):
    [call] = stage.calls
    stage.calls.append(replace(call, number=2, body=call.body.replace("unpaid", "paid") + " "))
    return f"key {call.key}"


@planted("orders.kept_answers_name_one_order")
def an_answer_names_a_strangers_order(stage):
    key = sql("UPDATE doors_idempotencykey SET scope = '0 POST /api/v1/orders/' RETURNING id")
    return f"key {key}"


@planted("orders.acknowledged_orders_are_there")
def a_promise_was_forgotten(stage):
    [call] = stage.calls
    lost = '{"number": "261122000000000000"}'
    stage.calls.append(replace(call, number=2, key="another-key-of-16", body=lost))
    return "call 2"


@planted("orders.no_order_is_unasked_for")
def an_order_was_made_and_refused(stage):
    stage.calls[:] = [replace(call, outcome="fail", status=409) for call in stage.calls]
    return "key " + str(sql("SELECT id FROM doors_idempotencykey"))


@planted("doors.failures_say_when_to_come_back")
def an_undeclared_failure(stage):
    [call] = stage.calls
    stage.calls.append(replace(call, number=2, outcome="unknown", status=503, headers={}))
    return "call 2 POST /api/v1/orders/"


@planted("doors.answers_show_nothing_of_the_inside")
def an_answer_shows_a_statement(stage):
    [call] = stage.calls
    told = "SELECT body FROM doors_idempotencykey WHERE id = 1"
    stage.calls.append(replace(call, number=2, outcome="fail", status=400, body=told))
    return "call 2 POST /api/v1/orders/"


# persons


@planted("doors.impersonal_columns_tell_of_nobody")
def a_phone_number_stands_in_a_fact(stage):
    sql(
        "UPDATE events_eventlog SET reason = %s WHERE kind = 'orders.OrderPlaced' AND stream = %s",
        f"called {HUAS_PHONE} back",
        stage.unpaid.stream,
    )
    return "events.EventLog.reason"


@planted("rights.the_erased_are_nowhere")
def an_erased_customer_is_remembered(stage):
    sql("UPDATE identity_customer SET nickname = 'Canary' WHERE id = %s", stage.erased.pk)
    return stage.erased.stream


@planted("doors.logs_tell_of_nobody")
def a_phone_number_is_logged(stage):
    stage.lines.append(f"no such customer: {HUAS_PHONE}")
    return "line 2"


# lives


@planted("orders.orders_lived_as_told")
def an_order_was_never_confirmed(stage):
    sql(
        "UPDATE events_eventlog SET kind = 'orders.AddressRevealed'"
        " WHERE kind = 'orders.OrderConfirmed' AND stream = %s",
        stage.completed.stream,
    )
    return stage.completed.stream


@planted("orders.payments_lived_as_told")
def a_closed_payment_comes_alive(stage):
    return "payment " + sql(
        "UPDATE orders_payment SET status = 'prepaid' WHERE order_id = %s RETURNING out_trade_no",
        stage.cancelled.pk,
    )


@planted("catalog.revisions_lived_as_told")
def a_revision_was_never_approved(stage):
    sql("UPDATE events_eventlog SET kind = 'catalog.ProductDrafted'"
        " WHERE kind = 'catalog.RevisionApproved'")  # fmt: skip
    return sql("SELECT format('revision %%s of product:%%s', id, product_id)"
               " FROM catalog_productrevision")  # fmt: skip


@planted(
    "catalog.what_is_off_sale_is_not_sold",
    also=[
        "catalog.stock_is_the_sum_of_its_moves",
        "catalog.promises_are_covered_by_goods",
        "orders.orders_hold_their_stock",
    ],
)
def a_unit_was_sold_after_all(stage):
    sql("INSERT INTO catalog_stockmove (sku_id, cause, quantity, reference, at)"
        " SELECT id, 'ordered', -1, 'nobody', clock_timestamp() FROM catalog_sku"
        " WHERE product_id = %s",
        stage.off_sale.product_id)  # fmt: skip
    return told(stage.off_sale)


def told(delisting):
    return f"delisting {delisting.pk} of {delisting.stream}"


@planted("catalog.offers_stop_with_their_product")
def an_offer_goes_on(stage):
    return sql("UPDATE catalog_offer offer SET is_stopped = false FROM catalog_sku sku"
               " WHERE sku.id = offer.sku_id AND sku.product_id = %s RETURNING sku.code",
               stage.off_sale.product_id)  # fmt: skip


@planted(
    "catalog.open_delistings_are_off_sale",
    also=["catalog.offers_stop_with_their_product", "catalog.cards_say_what_the_rows_say"],
)
def it_came_back_by_the_back_door(stage):
    sql("UPDATE catalog_product SET live_revision_id = %s WHERE id = %s",
        stage.off_sale.withdrawn_id, stage.off_sale.product_id)  # fmt: skip
    return told(stage.off_sale)


@planted("catalog.closed_delistings_were_confirmed")
def a_channel_was_never_looked_at(stage):
    sql("UPDATE catalog_channelcheck SET confirmed_at = NULL, confirmed_by_id = NULL"
        " WHERE delisting_id = %s", stage.gone.pk)  # fmt: skip
    return told(stage.gone)


@planted("catalog.delistings_lived_as_told")
def a_delisting_closed_itself(stage):
    sql("UPDATE catalog_delisting SET status = 'closed', lesson = '无',"
        " closed_at = clock_timestamp() WHERE id = %s", stage.off_sale.pk)  # fmt: skip
    return told(stage.off_sale)


@planted("catalog.price_changes_had_their_yes", also=["work.approved_payloads_are_untouched"])
def a_yes_was_to_another_price(stage):
    sql("UPDATE work_approval SET payload = payload || '{\"price_fen\": 1}' WHERE subject = %s",
        stage.repriced.subject)  # fmt: skip
    return stage.repriced.subject


@planted("catalog.offers_cost_what_was_said", also=["catalog.cards_say_what_the_rows_say"])
def a_price_was_written_past_everybody(stage):
    sql("UPDATE catalog_offer SET price_fen = price_fen + 1 WHERE sku_id = %s",
        stage.repriced.sku_id)  # fmt: skip
    return stage.repriced.sku.code


@planted("catalog.reference_prices_are_lawful", also=["catalog.cards_say_what_the_rows_say"])
def a_price_is_compared_with_one_that_nobody_paid(stage):
    sql("UPDATE catalog_offer SET reference_fen = 99900 WHERE sku_id = %s",
        stage.repriced.sku_id)  # fmt: skip
    return stage.repriced.sku.code


@planted("catalog.approved_prices_are_watched")
def a_prices_timer_is_gone(stage):
    sql("UPDATE timing_timer SET state = 'cancelled' WHERE subject = %s",
        stage.to_be_repriced.subject)  # fmt: skip
    return stage.to_be_repriced.subject


@planted("timing.clocks_lived_as_told")
def a_clock_was_met_unseen(stage):
    sql("UPDATE events_eventlog SET kind = 'timing.ClockMet' WHERE kind = 'timing.ClockStarted'")
    return str(sql("SELECT format('clock:%%s', id) FROM timing_clock"))


@planted("timing.calendars_lived_as_told")
def a_calendar_came_into_force_unseen(stage):
    sql("UPDATE events_eventlog SET kind = 'timing.CalendarEdited'"
        " WHERE kind = 'timing.CalendarPublished'")  # fmt: skip
    return sql("SELECT format('calendar:%%s version %%s', calendar_id, number)"
               " FROM timing_calendarversion")  # fmt: skip


# four eyes


@planted("work.approvals_have_four_eyes")
def another_name_is_written_over_the_decision(stage):
    sql("UPDATE work_approval SET decided_by_id = %s WHERE id = %s",
        cast.staff("operations_manager").user.pk, stage.carried_out.pk)  # fmt: skip
    return stage.carried_out.stream


@planted("work.approved_payloads_are_untouched")
def a_payload_grows_after_the_yes(stage):
    sql("UPDATE work_approval SET payload = '{\"persons\": 90000}' WHERE id = %s",
        stage.carried_out.pk)  # fmt: skip
    return stage.carried_out.stream


@planted("work.approvals_are_used_in_time")
def it_is_carried_out_before_the_yes(stage):
    sql("UPDATE work_approval SET used_at = decided_at - interval '1 second' WHERE id = %s",
        stage.carried_out.pk)  # fmt: skip
    return stage.carried_out.stream


@planted("work.live_approvals_are_armed")
def an_approval_lives_for_ever(stage):
    sql("UPDATE timing_timer SET state = 'cancelled' WHERE subject = %s", stage.asked.stream)
    return stage.asked.stream


@planted("work.approvals_lived_as_told")
def a_yes_that_nobody_said(stage):
    sql("UPDATE work_approval SET status = 'withdrawn' WHERE id = %s", stage.asked.pk)
    return stage.asked.stream


# dated documents


@planted("papers.papers_are_armed_for_their_end")
def nobody_watches_a_licence(stage):
    sql("UPDATE timing_timer SET state = 'cancelled' WHERE subject = %s", stage.licence.stream)
    return stage.licence.stream


# forms


@planted("forms.forms_lived_as_told")
def a_form_vanished_from_use(stage):
    version = stage.being_filled_in.version
    sql("UPDATE forms_formversion SET status = 'retired', retired_at = now() WHERE id = %s",
        version.pk)  # fmt: skip
    return version.stream


@planted("forms.sheets_lived_as_told")
def somebody_handed_in_anothers_sheet(stage):
    sheet = stage.being_filled_in
    sql("UPDATE forms_sheet SET status = 'submitted', submitted_at = now() WHERE id = %s", sheet.pk)
    return sheet.stream


@planted("forms.results_are_the_sum_of_their_lines")
def a_point_was_given_away(stage):
    sql("UPDATE forms_result SET score_bp = score_bp + 1 WHERE sheet_id = %s", stage.audited.pk)
    return stage.audited.stream


@planted("forms.answers_came_in_time")
def an_answer_was_mended_afterwards(stage):
    sql("UPDATE forms_answer SET saved_at = now() + interval '1 day' WHERE sheet_id = %s",
        stage.audited.pk)  # fmt: skip
    return stage.audited.stream


@planted("forms.timed_sheets_are_armed")
def nobody_watches_the_time(stage):
    sheet = stage.being_filled_in
    sql("UPDATE timing_timer SET state = 'cancelled' WHERE subject = %s", sheet.stream)
    return sheet.stream


# long work


@planted("work.jobs_lived_as_told")
def an_import_failed_unseen(stage):
    sql("UPDATE work_job SET status = 'failed' WHERE id = %s", stage.long_work.pk)
    return stage.long_work.stream


@planted("work.live_jobs_are_owed")
def nobody_goes_on_with_an_import(stage):
    sql("UPDATE events_delivery SET state = 'done', done_at = now() WHERE stream = %s",
        stage.unfinished.stream)  # fmt: skip
    return stage.unfinished.stream


@planted("work.refused_rows_are_told")
def a_refused_row_is_lost(stage):
    sql("DELETE FROM work_joberror WHERE row = 2")
    return stage.long_work.stream


# rest


@planted("events.no_lease_is_stuck")
def a_holder_died(stage):
    delivery = sql(
        "UPDATE events_delivery SET state = 'pending', leased_until = now() - interval '1 minute',"
        " due_at = now() + interval '1 minute' WHERE id ="
        " (SELECT max(id) FROM events_delivery"
        "  WHERE reaction = 'catalog.pass_revision_on') RETURNING id"
    )
    return f"delivery {delivery}"


@planted("events.the_queue_is_empty")
def nobody_carries(stage):
    seq = sql(
        "UPDATE events_delivery SET state = 'pending', due_at = now() - interval '2 minutes'"
        " WHERE id = (SELECT max(id) FROM events_delivery"
        "             WHERE reaction = 'catalog.pass_revision_on' AND stream = %s)"
        " RETURNING seq",
        stage.sku.product.stream,
    )
    return f"catalog.pass_revision_on to {stage.sku.product.stream}#{seq}"


@planted("doors.no_session_rests_in_a_transaction")
def somebody_went_to_lunch(stage):
    session = stage.session()
    session.execute("BEGIN")
    time.sleep(1.1)  # longer than between two statements
    return f"session {session.info.backend_pid}"


@planted("doors.no_advisory_lock_is_orphaned")
def a_lock_was_left_behind(stage):
    session = stage.session()
    session.execute("SELECT pg_advisory_lock(42)")
    return f"session {session.info.backend_pid}"
