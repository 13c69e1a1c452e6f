"""The sealed chain: nothing is skipped, and whatever the database's owner does to it is found."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction

from shop.clock import now, turned_to
from shop.events.models import EventLog
from shop.events.outbox import publish
from shop.identity.events import CustomerJoined
from shop.records import anchors, rules
from shop.records.models import AuditEntry, Batch, Seal, Verification
from shop.records.sealer import Sealer
from shop.records.trail import record
from shop.records.verifier import Kind, verify_chain
from tests import cast
from tests.records.forge import as_owner, fill, rebuild_from, seal_all

ROWS = 395


def say(number=1):
    with transaction.atomic():
        return publish(CustomerJoined(number), by=cast.SYSTEM)


def look(number=1):
    record(AuditEntry.Kind.LOOK, f"order:{number}", "test", by=cast.SYSTEM)


@pytest.mark.django_db
def test_both_logs_are_chained_in_one_order_and_the_chain_holds():
    for number in range(5):
        say(number)
        look(number)
    assert Sealer().seal() == 10
    say(9)
    assert Sealer().seal() == 1
    assert list(Seal.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 12))
    assert set(Seal.objects.values_list("source", flat=True)) == {1, 2}
    assert Batch.objects.count() == 2
    assert verify_chain() == []


@pytest.mark.django_db
def test_a_round_with_nothing_to_seal_writes_nothing():
    assert Sealer().seal() == 0
    assert not Batch.objects.exists()
    assert verify_chain() == []


@pytest.mark.fault("D20")
@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_sealed_however_late():
    """A row whose id is older than everything sealed, committed after three more batches."""
    sealer, begun, finish = Sealer(), threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            publish(CustomerJoined(1), by=cast.SYSTEM)
            begun.set()
            finish.wait(60)
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    begun.wait(60)
    for number in (2, 3, 4):
        say(number)
        assert sealer.seal() == 1
    finish.set()
    writer.join(120)
    assert sealer.seal() == 1
    assert Seal.objects.count() == EventLog.objects.count() == 4
    assert EventLog.objects.order_by("id").first().stream == "customer:1"
    assert Seal.objects.get(seq=4).row == EventLog.objects.get(stream="customer:1").pk
    assert verify_chain() == []


@pytest.mark.fault("D20")
@pytest.mark.django_db
def test_the_control_that_goes_by_the_last_id_skips_it():
    with turned_to(now() - timedelta(hours=2)):
        late = say(1)
    assert str(late) < str(say(2))
    seal_all()
    sealed_up_to = max(Seal.objects.values_list("row", flat=True))
    with turned_to(now() - timedelta(hours=1)):
        skipped = say(3)
    assert not EventLog.objects.filter(id__gt=sealed_up_to).exists(), "going by ids sees nothing"
    assert seal_all()
    assert Seal.objects.filter(row=skipped).exists()


@pytest.mark.django_db
def test_the_walk_over_the_past_finds_what_is_older_than_the_window(monkeypatch):
    monkeypatch.setattr(rules, "STRIDE", 10)
    fill(35)
    sealer = seal_all()
    with turned_to(now() - timedelta(days=20)):
        stray = say(7)
    rounds = 0
    while not Seal.objects.filter(row=stray).exists():
        sealer.seal()
        rounds += 1
    assert 0 < rounds <= 6, "one walk over everything is enough"


@pytest.mark.django_db
def test_a_backlog_is_sealed_in_full_batches_in_the_order_of_time(monkeypatch):
    monkeypatch.setattr(rules, "BATCH", 100)
    fill(350)
    sealer = Sealer()
    assert [sealer.seal() for _ in range(5)] == [100, 100, 100, 50, 0]
    rows = list(Seal.objects.order_by("seq").values_list("row", flat=True))
    assert rows == sorted(rows)
    assert [batch.is_complete for batch in Batch.objects.order_by("pk")] == [False] * 3 + [True]
    assert verify_chain() == []


@pytest.mark.django_db(transaction=True)
def test_of_two_sealers_one_waits_for_nobody():
    say()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('records.sealer'))")
        answers = []

        def other():
            began = time.monotonic()
            answers.append((Sealer().seal(), time.monotonic() - began))
            connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(120)
    assert answers[0][0] == 0
    assert answers[0][1] < 1
    assert Sealer().seal() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["auditentry", "batch", "seal", "verification"])
@pytest.mark.parametrize("change", ["UPDATE records_{0} SET {1} = {1}", "DELETE FROM records_{0}"])
def test_what_is_recorded_can_only_be_added_to(table, change):
    look()
    seal_all()
    call_command("verify_audit")
    column = {"auditentry": "kind", "batch": "head", "seal": "digest", "verification": "rows"}
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table, column[table]))


# tampering by the owner of the database (J7)


@pytest.fixture
def sealed(db, monkeypatch):
    """A month of facts in many batches, sealed, with an anchor after each 50 rows."""
    monkeypatch.setattr(rules, "BATCH", 10)
    fill(ROWS)
    sealer = Sealer()
    while sum(sealer.seal() for _batch in range(5)):
        anchors._append(anchor_of(Batch.objects.order_by("-pk").first()))
    assert verify_chain() == []


def anchor_of(batch):
    return anchors.Anchor(batch.number, batch.last_seq, bytes(batch.head).hex(), now())


def positions(count):
    """Spread over the chain, its first and its last row included."""
    return [1 + (ROWS - 1) * step // (count - 1) for step in range(count)]


def edit(cursor, seq):
    cursor.execute(
        "UPDATE events_eventlog SET data = jsonb_set(data, '{payable_fen}', '1')"
        " WHERE id = (SELECT row FROM records_seal WHERE seq = %s)",
        [seq],
    )
    return lambda found: [(b.kind, b.seq) for b in found] == [(Kind.EDITED, seq)]


def delete(cursor, seq):
    cursor.execute(
        "DELETE FROM events_eventlog WHERE id = (SELECT row FROM records_seal WHERE seq = %s)",
        [seq],
    )
    return lambda found: [(b.kind, b.seq) for b in found] == [(Kind.DELETED, seq)]


def insert(cursor, seq):
    cursor.execute(
        "INSERT INTO events_eventlog SELECT gen_random_uuid(), kind, stream, seq + 1, data, at,"
        " door, user_id, customer_id, reason FROM events_eventlog"
        " WHERE id = (SELECT row FROM records_seal WHERE seq = %s) RETURNING id",
        [seq],
    )
    inserted = cursor.fetchone()[0]
    return lambda found: [(b.kind, b.row) for b in found] == [(Kind.INSERTED, inserted)]


def reorder(cursor, seq):
    other = seq + 1 if seq < ROWS else seq - 1
    cursor.execute(
        "SELECT seq, row FROM records_seal WHERE seq IN (%s, %s) ORDER BY seq", [seq, other]
    )
    (first, one), (second, two) = cursor.fetchall()
    cursor.execute("UPDATE records_seal SET row = gen_random_uuid() WHERE seq = %s", [first])
    cursor.execute("UPDATE records_seal SET row = %s WHERE seq = %s", [one, second])
    cursor.execute("UPDATE records_seal SET row = %s WHERE seq = %s", [two, first])
    return lambda found: (
        [(b.kind, b.seq) for b in found]
        == [
            (Kind.REORDERED, first),
            (Kind.REORDERED, second),
        ]
    )


def rebuild(cursor, seq):
    edit(cursor, seq)
    rebuild_from(seq)

    def is_bounded(found):
        (only,) = found
        return only.kind == Kind.REBUILT and only.seq <= seq < only.seq + 50

    return is_bounded


TAMPERING = [edit, delete, insert, reorder, rebuild]


def found_at(tamper, seqs):
    for seq in seqs:
        with as_owner() as cursor:
            is_found = tamper(cursor, seq)
            found = verify_chain()
        assert is_found(found), (tamper.__name__, seq, found)
    assert verify_chain() == [], "each was taken back"


@pytest.mark.fault("J7")
@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda tamper: tamper.__name__)
def test_tampering_is_found_and_named(sealed, tamper):
    found_at(tamper, positions(6))


@pytest.mark.soak
@pytest.mark.fault("J7")
@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda tamper: tamper.__name__)
def test_tampering_at_fifty_places_is_found_and_named(sealed, tamper):
    found_at(tamper, positions(50))


@pytest.mark.fault("J7")
def test_without_the_anchors_a_rebuilt_chain_looks_whole(sealed, anchors_folder):
    """The control: what the anchors alone can see."""
    with as_owner() as cursor:
        is_found = rebuild(cursor, 123)
        assert is_found(verify_chain())
        (anchors_folder / anchors.FILE).unlink()
        assert verify_chain() == []


@pytest.mark.fault("J7")
def test_forged_seals_batches_and_a_cut_end_are_found(sealed):
    forgeries = {
        "UPDATE records_seal SET digest = sha256('x') WHERE seq = 77": Kind.EDITED,
        "UPDATE records_batch SET sealed_at = sealed_at - interval '1 day' WHERE number = 8":
            Kind.BATCH,
        "UPDATE records_batch SET is_complete = true WHERE number = 30": Kind.BATCH,
        "DELETE FROM records_seal WHERE seq = 200": Kind.UNSEALED,
        "DELETE FROM records_seal WHERE seq = 395": Kind.UNSEALED,
        "DELETE FROM records_batch WHERE number = 9": Kind.BATCH,
        "DELETE FROM records_seal WHERE seq > 380; DELETE FROM records_batch WHERE number > 38":
            Kind.REBUILT,
    }  # fmt: skip
    for forgery, kind in forgeries.items():
        with as_owner() as cursor:
            cursor.execute(forgery)
            kinds = {found.kind for found in verify_chain()}
        assert kind in kinds, (forgery, kinds)


@pytest.mark.fault("J7")
def test_a_row_with_its_seal_both_forged_is_found_in_its_batch(sealed):
    with as_owner() as cursor:
        edit(cursor, 123)
        cursor.execute(
            "UPDATE records_seal SET digest = (SELECT sha256(record_send(ROW(log.id, log.kind,"
            " log.stream, log.seq, log.data, log.at, log.door, log.user_id, log.customer_id,"
            " log.reason))) FROM events_eventlog AS log WHERE log.id = records_seal.row)"
            " WHERE seq = 123"
        )
        (only,) = verify_chain()
    assert (only.kind, only.seq) == (Kind.BATCH, 121)
    assert "121–130" in only.detail


@pytest.mark.fault("J7")
def test_a_row_slipped_in_and_sealed_afterwards_is_still_told(sealed):
    with as_owner() as cursor:
        insert(cursor, 50)
        sealer = Sealer()
        while not sealer.seal():
            pass
        (only,) = verify_chain()
    assert only.kind == Kind.INSERTED
    assert only.seq == ROWS + 1


@pytest.mark.django_db
def test_an_edited_look_is_named_as_one():
    look(1)
    seal_all()
    with as_owner() as cursor:
        cursor.execute("UPDATE records_auditentry SET user_id = 7")
        (only,) = verify_chain()
    assert (only.kind, only.source, only.row) == (Kind.EDITED, 2, AuditEntry.objects.get().pk)


# anchors


@pytest.mark.django_db
def test_the_head_is_written_down_outside_once_an_hour(anchors_folder):
    sealer = Sealer()
    say()
    for _ in range(3):
        sealer.next_round = 0
        sealer.seal_when_due()
    assert len((anchors_folder / anchors.FILE).read_text().splitlines()) == 1
    assert EventLog.objects.filter(kind="records.HeadAnchored").count() == 1
    with turned_to(now() + timedelta(minutes=61)):
        sealer.next_round = 0
        sealer.seal_when_due()
    written = list(anchors.all_anchors())
    assert [anchor.batch for anchor in written] == [1, Batch.objects.count()]
    assert bytes(Batch.objects.get(pk=written[1].batch).head).hex() == written[1].head
    assert verify_chain() == []


@pytest.mark.fault("J7")
@pytest.mark.django_db
def test_anchors_that_have_gone_are_missed(anchors_folder):
    say()
    Sealer().seal_when_due()
    assert verify_chain() == []
    (anchors_folder / anchors.FILE).unlink()
    (only,) = verify_chain()
    assert only.kind == Kind.UNANCHORED


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_to_stops_nothing(settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.AUDIT_ANCHORS = tmp_path / "file" / "below"
    say()
    sealer = Sealer()
    sealer.seal_when_due()
    assert Seal.objects.count() == 1


# the command


@pytest.mark.django_db
def test_the_command_says_that_it_holds(capsys):
    fill(20)
    seal_all()
    call_command("verify_audit")
    assert "20" in capsys.readouterr().out
    kept = Verification.objects.get()
    assert (kept.rows, kept.breaks) == (20, 0)


@pytest.mark.django_db
def test_the_command_names_every_break_and_fails(capsys):
    fill(20)
    seal_all()
    with as_owner() as cursor:
        edit(cursor, 7)
        with pytest.raises(CommandError, match="1"):
            call_command("verify_audit")
        row = Seal.objects.get(seq=7).row
        assert Verification.objects.get().breaks == 1
        assert EventLog.objects.filter(kind="records.ChainBroken").exists()
    assert f"{row}: edited" in capsys.readouterr().err


# what it costs


def figures(rows):
    fill(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE events_eventlog")
        cursor.execute("SET LOCAL statement_timeout = 0")
    began = time.perf_counter()
    seal_all()
    sealed = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE records_seal")
    ready = time.perf_counter()
    assert verify_chain() == []
    verified = time.perf_counter() - ready
    print(f"\n{rows} rows: sealed in {sealed - began:.1f} s, verified in {verified:.2f} s")
    return verified


@pytest.mark.django_db
def test_verifying_takes_ten_microseconds_a_row():
    assert figures(30_000) < 3, "ten times what it takes, so that a busy machine does not fail it"


@pytest.mark.soak
@pytest.mark.django_db
def test_a_million_rows_are_verified_within_ten_seconds():
    assert figures(1_000_000) <= 10
