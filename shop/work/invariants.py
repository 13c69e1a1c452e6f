"""What is always true of approvals: four eyes (O15), lives as told (O11), armed (O7); and of long
work: lives as told, owed while it lives (O6), its refusals counted."""

from shop.events.invariants import lived
from shop.invariants import Evidence, Examination, compared, held, invariant
from shop.work.models import Approval
from shop.work.rules import MOST_ERRORS, fingerprint


@invariant("O15", "an approval was asked for and decided by the two whom the log names")
def approvals_have_four_eyes(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('approval:%%s', a.id),
               format('asked by %%s, decided by %%s who is another', asked.user_id, told.user_id),
               format('asked by %%s, decided by %%s %%s', a.requested_by_id, a.decided_by_id,
                      CASE WHEN a.requested_by_id IN (a.decided_by_id, a.in_name_of_id)
                           THEN 'who is the same' ELSE 'who is another' END)
        FROM work_approval a
        LEFT JOIN events_eventlog asked ON asked.stream = format('approval:%%s', a.id)
             AND asked.kind = 'work.ApprovalRequested'
        LEFT JOIN events_eventlog told ON told.stream = format('approval:%%s', a.id)
             AND told.kind IN ('work.ApprovalGranted', 'work.ApprovalRefused')
        WHERE a.decided_by_id IS NOT NULL
    """)


@invariant("O15", "what an approval is about is what was asked for")
def approved_payloads_are_untouched(evidence: Evidence) -> Examination:
    rows = Approval.objects.values_list("pk", "payload", "payload_hash")
    return held((f"approval:{pk}", digest, fingerprint(asked)) for pk, asked, digest in rows)


@invariant("O15", "what was carried out had been approved before, and was not too old")
def approvals_are_used_in_time(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('approval:%%s', id), 'used between decision and expiry',
               CASE WHEN used_at BETWEEN decided_at AND expires_at
                    THEN 'used between decision and expiry' ELSE 'used at ' || used_at END
        FROM work_approval WHERE status = 'used'
    """)


@invariant("O7", "an approval that can still be decided or used is armed for the end of its time")
def live_approvals_are_armed(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('approval:%%s', a.id), a.expires_at, timer.due_at
        FROM work_approval a
        LEFT JOIN timing_timer timer ON timer.subject = format('approval:%%s', a.id)
             AND timer.kind = 'work.approval_expiry' AND timer.state = 'armed'
        WHERE a.status IN ('requested', 'granted')
    """)


@invariant("O11", "every approval is where its facts say")
def approvals_lived_as_told(evidence: Evidence) -> Examination:
    return lived(
        """
        SELECT format('approval:%%s', a.id), a.status,
               array(SELECT e.kind FROM events_eventlog e
                     WHERE e.stream = format('approval:%%s', a.id) AND e.kind = ANY(%(kinds)s)
                     ORDER BY e.seq)
        FROM work_approval a
        """,
        {"ask": ({""}, "requested"), **Approval.TRANSITIONS},
        {
            "work.ApprovalRequested": ["ask"],
            "work.ApprovalGranted": ["approve"],
            "work.ApprovalRefused": ["reject"],
            "work.ApprovalWithdrawn": ["withdraw"],
            "work.ApprovalExpired": ["expire"],
            "work.ApprovalUsed": ["use"],
        },
    )


@invariant("O11", "long work is where its facts say")
def jobs_lived_as_told(evidence: Evidence) -> Examination:
    """To be taken over is no fact: what waits and what runs are one."""
    return lived(
        """
        SELECT format('long_work:%%s', j.id),
               CASE WHEN j.ended_at IS NULL AND j.status IN ('queued', 'running') THEN 'alive'
                    ELSE j.status END,
               array_remove(array_agg(f.kind ORDER BY f.seq), NULL)
        FROM work_job j
        LEFT JOIN events_eventlog f ON f.stream = format('long_work:%%s', j.id)
                                   AND f.kind = ANY(%(kinds)s)
        GROUP BY j.id
        """,
        {
            "start": ({""}, "alive"),
            "finish": ({"alive"}, "done"),
            "fail": ({"alive"}, "failed"),
            "stop": ({"alive"}, "cancelled"),
        },
        {
            "work.LongWorkStarted": ["start"],
            "work.LongWorkFinished": ["finish"],
            "work.LongWorkFailed": ["fail"],
            "work.LongWorkStopped": ["stop"],
        },
    )


@invariant("O6", "long work that has not ended is owed to the relay")
def live_jobs_are_owed(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('long_work:%%s', j.id), 'owed',
               CASE WHEN EXISTS (SELECT 1 FROM events_delivery d
                                 WHERE d.stream = format('long_work:%%s', j.id)
                                   AND d.lane = 'long' AND d.state IN ('pending', 'parked'))
                    THEN 'owed' ELSE 'forgotten' END
        FROM work_job j WHERE j.status IN ('queued', 'running')
    """)


@invariant("O11", "rows that long work refused are counted, and the first thousand told")
def refused_rows_are_told(evidence: Evidence) -> Examination:
    return compared(
        """
        SELECT format('long_work:%%s', j.id), least(j.refused, %(most)s), count(e.id)
        FROM work_job j LEFT JOIN work_joberror e ON e.job_id = j.id
        GROUP BY j.id
        """,
        most=MOST_ERRORS,
    )
