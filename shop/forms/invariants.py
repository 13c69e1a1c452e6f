"""What is always true of sheets and their results (O7, O11)."""

from shop.events.invariants import lived
from shop.forms.models import FormVersion, Sheet
from shop.invariants import Evidence, Examination, compared, invariant


@invariant("O11", "every version of a form is where its facts say")
def forms_lived_as_told(evidence: Evidence) -> Examination:
    return lived(
        """
        SELECT format('form_version:%%s', v.id), v.status,
               array(SELECT e.kind FROM events_eventlog e
                     WHERE e.stream = format('form_version:%%s', v.id)
                       AND e.kind = ANY(%(kinds)s) ORDER BY e.seq)
        FROM forms_formversion v
        """,
        {"draft": ({""}, "draft"), **FormVersion.TRANSITIONS},
        {
            "forms.FormDrafted": ["draft"],
            "forms.FormPublished": ["publish"],
            "forms.FormRetired": ["retire"],
        },
    )


@invariant("O11", "every sheet is where its facts say")
def sheets_lived_as_told(evidence: Evidence) -> Examination:
    return lived(
        """
        SELECT format('sheet:%%s', s.id), s.status,
               array(SELECT e.kind FROM events_eventlog e
                     WHERE e.stream = format('sheet:%%s', s.id) AND e.kind = ANY(%(kinds)s)
                     ORDER BY e.seq)
        FROM forms_sheet s
        """,
        {"start": ({""}, "open"), **Sheet.TRANSITIONS},
        {
            "forms.SheetStarted": ["start"],
            "forms.SheetSubmitted": ["submit"],
            "forms.SheetMarked": ["mark"],
        },
    )


@invariant("O11", "a result is the sum of its lines, and there is one for every marked sheet")
def results_are_the_sum_of_their_lines(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('sheet:%%s', s.id),
               CASE WHEN s.status <> 'marked' THEN 'no result'
                    ELSE coalesce(r.sum || ' of ' || jsonb_array_length(s.asked) || ' questions',
                                  'a result') END,
               coalesce(r.score_bp || ' of ' || r.questions || ' questions', 'no result')
        FROM forms_sheet s
        LEFT JOIN LATERAL (
            SELECT score_bp, jsonb_array_length(lines) AS questions,
                   (SELECT sum((line->>'bp')::int) FROM jsonb_array_elements(lines) line) AS sum
            FROM forms_result WHERE sheet_id = s.id ORDER BY number DESC LIMIT 1) r ON true
    """)


@invariant("O11", "no answer was saved after its sheet was handed in, or its time was up")
def answers_came_in_time(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('sheet:%%s', s.id), 'in time',
               CASE WHEN a.last >= coalesce(s.due_at, 'infinity')
                      OR a.last > coalesce(s.submitted_at, 'infinity')
                    THEN 'too late' ELSE 'in time' END
        FROM forms_sheet s
        JOIN (SELECT sheet_id, max(saved_at) AS last FROM forms_answer GROUP BY 1) a
          ON a.sheet_id = s.id
    """)


@invariant("O7", "a sheet whose time runs is armed for its end")
def timed_sheets_are_armed(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('sheet:%%s', s.id), 'armed', coalesce(t.state, 'nothing armed')
        FROM forms_sheet s
        LEFT JOIN LATERAL (SELECT state FROM timing_timer
                           WHERE kind = 'forms.time_over' AND subject = format('sheet:%%s', s.id)
                           ORDER BY generation DESC LIMIT 1) t ON true
        WHERE s.status = 'open' AND s.due_at IS NOT NULL
    """)
