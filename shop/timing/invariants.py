"""What is always true of timers (O7), and of the lives of clocks and calendars (O11)."""

from datetime import timedelta

from shop.events.invariants import lived
from shop.invariants import Evidence, Examination, compared, invariant
from shop.timing.models import CalendarVersion, Clock

SWEPT_WITHIN = timedelta(seconds=60)


@invariant("O7", "what is due has fired within a minute")
def nothing_due_is_left_armed(evidence: Evidence) -> Examination:
    return compared(
        """
        SELECT format('%%s of %%s', kind, subject), 'waiting or fired',
               CASE WHEN try_at < %(late)s THEN 'armed, due since ' || try_at
                    ELSE 'waiting or fired' END
        FROM timing_timer WHERE state = 'armed'
        """,
        late=evidence.overdue(SWEPT_WITHIN),
    )


@invariant("O7", "nothing fires before it is due")
def nothing_fires_early(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('%%s of %%s', kind, subject), greatest(fired_at, due_at), fired_at
        FROM timing_timer WHERE state = 'fired'
    """)


@invariant("O7", "a subject has one live arming of a kind: the last")
def one_arming_is_live(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('%%s of %%s', t.kind, t.subject),
               (SELECT max(generation)::text FROM timing_timer last
                WHERE last.kind = t.kind AND last.subject = t.subject),
               string_agg(DISTINCT t.generation::text, ', ')
        FROM timing_timer t WHERE t.state = 'armed'
        GROUP BY t.kind, t.subject
    """)


@invariant("O7", "of several levels none fires after a higher one")
def levels_fire_upwards(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('%%s of %%s, level %%s', low.kind, low.subject, low.level), low.fired_at,
               least(low.fired_at, high.fired_at)
        FROM timing_timer low
        JOIN timing_timer high USING (kind, subject, generation)
        WHERE low.state = 'fired' AND high.state = 'fired' AND high.level > low.level
    """)


@invariant("O7", "a running clock is armed for the instant at which it is breached")
def running_clocks_are_armed(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('clock:%%s', c.id), c.breach_at, last.due_at
        FROM timing_clock c
        LEFT JOIN LATERAL (
            SELECT * FROM timing_timer
            WHERE kind = 'timing.clock' AND subject = format('clock:%%s', c.id)
            ORDER BY generation DESC, level DESC LIMIT 1
        ) AS last ON last.state IN ('armed', 'dead')
        WHERE c.status = 'running'
    """)


@invariant("O11", "a clock's facts lead to the state it is in")
def clocks_lived_as_told(evidence: Evidence) -> Examination:
    return lived(
        """
        SELECT format('clock:%%s', c.id), c.status, array_remove(array_agg(f.kind ORDER BY f.seq),
                                                                 NULL)
        FROM timing_clock c
        LEFT JOIN events_eventlog f ON f.stream = format('clock:%%s', c.id)
                                   AND f.kind = ANY(%(kinds)s)
        GROUP BY c.id
        """,
        {"start": ({""}, Clock.Status.RUNNING), **Clock.TRANSITIONS},
        {
            "timing.ClockStarted": ["start"],
            "timing.ClockPaused": ["pause"],
            "timing.ClockResumed": ["resume"],
            "timing.ClockMet": ["meet", "meet_late"],
            "timing.ClockBreached": ["breach"],
            "timing.ClockCancelled": ["cancel"],
        },
    )


@invariant("O11", "a version of a calendar is in force when its publication was told")
def calendars_lived_as_told(evidence: Evidence) -> Examination:
    return lived(
        """
        SELECT format('calendar:%%s version %%s', v.calendar_id, v.number), v.status,
               array_remove(array_agg(f.kind ORDER BY f.seq), NULL)
        FROM timing_calendarversion v
        LEFT JOIN events_eventlog f ON f.stream = format('calendar:%%s', v.calendar_id)
                                   AND f.kind = ANY(%(kinds)s)
                                   AND f.data ->> 'version' = v.number::text
        GROUP BY v.id
        """,
        CalendarVersion.TRANSITIONS,
        {"timing.CalendarPublished": ["publish"]},
        start=CalendarVersion.Status.DRAFT,
    )
