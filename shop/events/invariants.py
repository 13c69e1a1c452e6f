"""What is always true of facts, deliveries and messages (O6, O14); how lives are held to facts."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta

from django.db import connection

from shop.events import rules
from shop.events.outbox import REACTIONS
from shop.events.states import Transitions, walk
from shop.invariants import Evidence, Examination, compared, held, invariant

MACHINES_DIFFER = timedelta(seconds=1)  # by how much two machines' clocks may
QUEUE_IS_EMPTY_AFTER = timedelta(seconds=60)


@invariant("O6", "a stream numbers its facts 1, 2, 3 … without gap or double")
def streams_have_no_gaps(evidence: Evidence) -> Examination:
    return compared("""
        SELECT coalesce(s.name, told.stream),
               format('1 to %%s, each once', s.seq),
               format('%%s to %%s, each once', told.first, told.last)
               || CASE WHEN told.facts = told.numbers AND told.facts = told.last THEN ''
                       ELSE format(' (%%s facts, %%s numbers)', told.facts, told.numbers) END
        FROM events_stream s
        FULL JOIN (SELECT stream, min(seq) AS first, max(seq) AS last,
                          count(*) AS facts, count(DISTINCT seq) AS numbers
                   FROM events_eventlog GROUP BY stream) told ON told.stream = s.name
    """)


@invariant("O6", "a fact is owed to each reaction declared for it, since that one's first delivery")
def what_is_owed_is_written_down(evidence: Evidence) -> Examination:
    owed = [(name, kind) for name, reaction in REACTIONS.items() for kind in reaction.kinds]
    return compared(
        """
        SELECT owed.reaction || ' to ' || fact.stream || '#' || fact.seq, 1, count(d.id)
        FROM unnest(%(reactions)s::text[], %(kinds)s::text[]) AS owed (reaction, kind)
        CROSS JOIN LATERAL (SELECT event_id FROM events_delivery
                            JOIN events_eventlog heard ON heard.id = event_id
                            WHERE reaction = owed.reaction AND heard.kind = owed.kind
                            ORDER BY event_id LIMIT 1) AS began
        JOIN events_eventlog fact ON fact.kind = owed.kind AND fact.id >= began.event_id
        LEFT JOIN events_delivery d ON d.event_id = fact.id AND d.reaction = owed.reaction
        GROUP BY owed.reaction, fact.id, fact.stream, fact.seq
        """,
        reactions=[reaction for reaction, _kind in owed],
        kinds=[kind for _reaction, kind in owed],
    )


@invariant("O6", "a delivery stands in the place of its fact")
def deliveries_follow_their_facts(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('delivery %%s', d.id), format('%%s#%%s', fact.stream, fact.seq),
               format('%%s#%%s', d.stream, d.seq)
        FROM events_delivery d JOIN events_eventlog fact ON fact.id = d.event_id
    """)


@invariant("O6", "of one subject a reaction is done in the order of the facts")
def deliveries_keep_their_order(evidence: Evidence) -> Examination:
    return compared(
        """
        SELECT format('%%s to %%s#%%s', reaction, stream, seq), 'after the one before',
               CASE WHEN done_at < before - %(skew)s THEN 'before it, at ' || done_at
                    ELSE 'after the one before' END
        FROM (SELECT *, max(done_at) OVER (PARTITION BY reaction, stream ORDER BY seq
                                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                        AS before
              FROM events_delivery WHERE state = 'done') AS d
        WHERE before IS NOT NULL
        """,
        skew=MACHINES_DIFFER,
    )


@invariant("O6", "a message from outside was announced once")
def messages_are_announced(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('message:%%s', m.id), 1, count(fact.id)
        FROM events_inboxmessage m
        LEFT JOIN events_eventlog fact
               ON fact.stream = format('message:%%s', m.id) AND fact.kind = 'events.MessageReceived'
        GROUP BY m.id
    """)


@invariant("O14", "no lease outlives its holder")
def no_lease_is_stuck(evidence: Evidence) -> Examination:
    return compared(
        """
        SELECT format('delivery %%s', id), 'free',
               CASE WHEN leased_until < %(late)s OR state <> 'pending' AND leased_until IS NOT NULL
                    THEN 'leased until ' || leased_until ELSE 'free' END
        FROM events_delivery
        """,
        late=evidence.overdue(rules.HAND_OVER),
    )


@invariant("O14", "what can be delivered is delivered within a minute")
def the_queue_is_empty(evidence: Evidence) -> Examination:
    """Not counted: what waits behind a parked one of its subject, and what is tried later."""
    return compared(
        """
        SELECT format('%%s to %%s#%%s', reaction, stream, seq), 'delivered',
               CASE WHEN state = 'pending' AND due_at < %(late)s AND NOT EXISTS (
                        SELECT 1 FROM events_delivery p
                        WHERE p.reaction = d.reaction AND p.stream = d.stream AND p.seq < d.seq
                          AND (p.state = 'parked' OR p.state = 'pending' AND p.due_at >= %(late)s))
                    THEN 'due since ' || due_at ELSE 'delivered' END
        FROM events_delivery d
        """,
        late=evidence.overdue(QUEUE_IS_EMPTY_AFTER),
    )


WAYS = """
SELECT kinds, status, array_agg(subject ORDER BY subject)
FROM ({lives}) AS life (subject, status, kinds) GROUP BY kinds, status
"""
Steps = Mapping[str, Collection[str]]
"""Kind of fact → the verbs it may stand for."""


def lived(lives: str, transitions: Transitions, steps: Steps, start: str = "") -> Examination:
    """Hold each row's status against the end of the way that its facts describe.

    `lives`: SELECT subject, status, kinds of its facts in their order; %(kinds)s are those in
    `steps`. The first step leads from `start`, the state before the row was.
    """
    return held(_ends(lives, transitions, steps, start))


def _ends(
    lives: str, transitions: Transitions, steps: Steps, start: str
) -> Iterator[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(WAYS.format(lives=lives), {"kinds": list(steps)})
        ways = cursor.fetchall()
    for kinds, status, subjects in ways:
        end = walk(transitions, start, [steps[kind] for kind in kinds])
        for subject in subjects:
            yield subject, status, end or f"no way of life: {', '.join(kinds)}"
