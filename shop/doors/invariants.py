"""What is always true at the doors: keys (O8), answers (O12), what is kept and logged (O13),
sessions (O14)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models

from shop.identity.fields import BlindIndexField, blind_index
from shop.identity.privacy import IMPERSONAL
from shop.invariants import Call, Evidence, Examination, compared, held, invariant

AT_REST_IN_A_TRANSACTION = timedelta(seconds=30)
BETWEEN_TWO_STATEMENTS = timedelta(seconds=1)  # a relay at work is there for milliseconds
PHONE = r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])"
OPENID = r"(?<![0-9A-Za-z_-])o[0-9A-Za-z_-]{27}(?![0-9A-Za-z_-])"
TELLING = f"{PHONE}|{OPENID}"
SHORTEST_TELLING = 11  # characters: a phone number
INSIDE_OUT = re.compile(
    r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+|site-packages|psycopg"
    r"|\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b.+\b(?:FROM|VALUES|SET|WHERE)\b"
    r"|/(?:usr|home|opt|srv|tmp|var)/\S"
)


@invariant("O8", "an answer is kept whole, and only of what succeeded")
def answers_are_kept_whole(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('key %%s', id), 'whole',
               CASE WHEN (status IS NULL) <> (body IS NULL) THEN 'half an answer'
                    WHEN status NOT BETWEEN 200 AND 299 THEN format('a refusal: %%s', status)
                    ELSE 'whole' END
        FROM doors_idempotencykey
    """)


@invariant("O8", "under one key every answer is the same, byte for byte", needs="calls")
def answers_repeat(evidence: Evidence) -> Examination:
    heard: dict[tuple[str, str], set[tuple[int, str]]] = defaultdict(set)
    for call in evidence.calls or ():
        if call.key and call.outcome == "ok":
            heard[call.key, call.path].add((call.status, call.body))
    return held((f"key {key}", 1, len(answers)) for (key, _path), answers in heard.items())


@invariant("O12", "what fails on our side is 503 and says when to come back", needs="calls")
def failures_say_when_to_come_back(evidence: Evidence) -> Examination:
    return held((_named(c), "declared", _failure(c)) for c in evidence.calls or () if c.status)


def _failure(call: Call) -> str:
    if call.status < 500:
        return "declared"
    wait = {name.lower(): value for name, value in call.headers.items()}.get("retry-after", "")
    is_declared = call.status == 503 and wait.isdecimal() and int(wait) > 0
    return "declared" if is_declared else f"{call.status}, Retry-After {wait or 'missing'}"


@invariant("O12", "an answer shows no stack, statement or path of ours", needs="calls")
def answers_show_nothing_of_the_inside(evidence: Evidence) -> Examination:
    return held(
        (
            _named(call),
            "nothing",
            found[0] if (found := INSIDE_OUT.search(call.body)) else "nothing",
        )
        for call in evidence.calls or ()
        if call.status
    )


def _named(call: Call) -> str:
    return f"call {call.number} {call.method} {call.path}"


@invariant("O13", "no column declared impersonal holds a customer's phone number or openid")
def impersonal_columns_tell_of_nobody(evidence: Evidence) -> Examination:
    texts = {name: list(_telling(name)) for name in sorted(IMPERSONAL) if _is_text(name)}
    known = _of_persons(token for rows in texts.values() for _row, token in rows)
    found = {
        name: [f"row {row}" for row, token in rows if token in known]
        for name, rows in texts.items()
    }
    return held((name, "nothing", ", ".join(rows) or "nothing") for name, rows in found.items())


@invariant("O13", "no line of a log holds a customer's phone number or openid", needs="lines")
def logs_tell_of_nobody(evidence: Evidence) -> Examination:
    tokens = [set(re.findall(TELLING, line)) for line in evidence.lines or ()]
    known = _of_persons(token for found in tokens for token in found)
    return held(
        (f"line {number}", "nothing", "somebody" if found & known else "nothing")
        for number, found in enumerate(tokens, start=1)
    )


def _column(name: str) -> Any:
    app, model, column = name.split(".")
    return apps.get_model(app, model)._meta.get_field(column)


def _is_text(name: str) -> bool:
    return not isinstance(_column(name), models.BinaryField)


def _telling(name: str) -> Iterator[tuple[str, str]]:
    """(row, token) of whatever looks like a phone number or an openid in the column."""
    field = _column(name)
    quote = connection.ops.quote_name
    table, key = quote(field.model._meta.db_table), quote(field.model._meta.pk.column)
    column = quote(field.column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}::text, found[1] FROM {table},"  # noqa: S608 - names of our own models
            f" regexp_matches({column}::text, %s, 'g') AS found"
            f" WHERE length({column}::text) >= %s",  # a code or a state is too short to tell
            [f"({TELLING})", SHORTEST_TELLING],
        )
        yield from cursor.fetchall()


def _of_persons(tokens: Iterable[str]) -> set[str]:
    """Those that some person's blind index proves to be theirs."""
    by_index = {blind_index(token): token for token in tokens}
    known: set[str] = set()
    for field in _blind_indexes() if by_index else ():
        rows = field.model._default_manager.filter(**{f"{field.name}__in": list(by_index)})
        known |= {by_index[bytes(index)] for index in rows.values_list(field.name, flat=True)}
    return known


def _blind_indexes() -> list[BlindIndexField]:
    fields = (field for model in apps.get_models() for field in model._meta.local_concrete_fields)
    return [field for field in fields if isinstance(field, BlindIndexField)]


@invariant("O14", "no session rests within a transaction")
def no_session_rests_in_a_transaction(evidence: Evidence) -> Examination:
    return compared(
        """
        SELECT format('session %%s', pid), 'at work or out of one',
               CASE WHEN state LIKE 'idle in transaction%%'
                     AND state_change <= clock_timestamp() - %(allowance)s
                    THEN format('%%s since %%s', state, state_change)
                    ELSE 'at work or out of one' END
        FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend'
        """,
        allowance=BETWEEN_TWO_STATEMENTS if evidence.idle else AT_REST_IN_A_TRANSACTION,
    )


@invariant("O14", "no advisory lock outlives the work it was taken for")
def no_advisory_lock_is_orphaned(evidence: Evidence) -> Examination:
    """We take them for a transaction only: a session that rests outside of one holds none."""
    return compared("""
        SELECT format('session %%s', a.pid), 0,
               count(l.pid) FILTER (WHERE a.state = 'idle')
        FROM pg_stat_activity a
        LEFT JOIN pg_locks l ON l.pid = a.pid AND l.locktype = 'advisory'
        WHERE a.datname = current_database() AND a.backend_type = 'client backend'
        GROUP BY a.pid
    """)
