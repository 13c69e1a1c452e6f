"""The oracle within the tests."""

from django.db import connection
from django.utils.module_loading import autodiscover_modules

from shop.clock import now
from shop.invariants import Evidence, judge


def verdicts(**evidence):
    autodiscover_modules("invariants")
    with connection.cursor() as cursor:  # a transaction sees the sessions as it first saw them
        cursor.execute("SELECT pg_stat_clear_snapshot()")
    return list(judge(Evidence(at=now(), **evidence)))


def breaches(**evidence):
    """(name of the invariant, subject, what was expected, what was found) of all that is wrong."""
    return [
        (verdict.invariant.name, breach.subject, breach.expected, breach.found)
        for verdict in verdicts(**evidence)
        if verdict.examination
        for breach in verdict.examination.breaches
    ]
