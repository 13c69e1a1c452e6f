"""What is always true of reports: which day they speak of, and which mails they have."""

from shop.invariants import Evidence, Examination, compared, invariant


@invariant("O11", "a report speaks of the day, week or month before its slot, by its zone's wall")
def runs_speak_of_the_days_before(evidence: Evidence) -> Examination:
    return compared("""
        SELECT format('report_run:%%s', run.id),
               (date_trunc(unit, slot_at AT TIME ZONE zone) - ('1 ' || unit)::interval)::date
               || '/' || (date_trunc(unit, slot_at AT TIME ZONE zone)::date - 1),
               since_on || '/' || data_on
        FROM analytics_reportrun run
        JOIN analytics_report report ON report.id = run.report_id
        JOIN (VALUES ('daily', 'day'), ('weekly', 'week'), ('monthly', 'month'))
          AS told (code, unit) ON told.code = report.code
        WHERE NOT is_test
    """)


@invariant("O11", "a composed report has the mails that were written with it, no more and no fewer")
def mails_are_those_composed(evidence: Evidence) -> Examination:
    return compared("""
        SELECT stream, (data->>'queued')::int + (data->>'skipped')::int,
               (SELECT count(*) FROM analytics_reportmail mail
                WHERE mail.run_id = (data->>'run_id')::bigint)
        FROM events_eventlog WHERE kind = 'analytics.RunComposed'
    """)
