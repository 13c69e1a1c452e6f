"""What is always true of dated documents: whatever ends is armed for its end (O7)."""

from shop.invariants import Evidence, Examination, compared, invariant
from shop.papers.rules import LAPSE


@invariant("O7", "the last document of its kind is armed for its end, or has been told of")
def papers_are_armed_for_their_end(evidence: Evidence) -> Examination:
    return compared(
        """
        SELECT format('paper:%%s', p.id), 'armed or told',
               CASE WHEN timer.state IN ('armed', 'fired') THEN 'armed or told'
                    ELSE coalesce(timer.state, 'nothing armed') END
        FROM (SELECT DISTINCT ON (kind, subject) id, valid_until FROM papers_paper
              WHERE withdrawn_at IS NULL
              ORDER BY kind, subject, coalesce(valid_until, 'infinity') DESC, id DESC) p
        LEFT JOIN LATERAL (SELECT state FROM timing_timer
                           WHERE kind = 'papers.ends' AND subject = format('paper:%%s', p.id)
                             AND level = %(lapse)s
                           ORDER BY generation DESC LIMIT 1) timer ON true
        WHERE p.valid_until IS NOT NULL
        """,
        lapse=LAPSE,
    )
