"""PostgreSQL stopped at once and sessions ended under load: what was acknowledged is there."""

import signal
from random import Random
from time import monotonic

import psycopg
import pytest

from tests.faults.forms import sizes
from tests.faults.load import Crowd, judge, lost_and_doubled
from tests.faults.processes import wait_until
from tests.faults.rig import crash, restart


def stop_under_load(rig, crowd, stops):
    """Seconds from each new start until the next order was acknowledged."""
    took = []
    for _ in range(stops):
        crowd.wait_for_more(20)
        crash(rig.postgres, signal.SIGQUIT)
        began = monotonic()
        restart(rig.postgres)
        crowd.wait_for_more(1)
        took.append(monotonic() - began)
    crowd.wait_for_more(20)
    return took


@pytest.mark.fault("D9")
@pytest.mark.parametrize("stops", sizes(2, 10))
def test_an_immediate_stop_loses_nothing_acknowledged(rig, record, stops):
    rig.web(), rig.relay(), rig.worker()
    rig.wait_for_web()
    with Crowd(rig, seed=9) as crowd:
        took = stop_under_load(rig, crowd, stops)
    judge(rig, crowd)
    unknown = sum(n for outcome, n in crowd.outcomes.items() if not outcome.startswith(("2", "4")))
    record(
        "D9",
        f"{stops} immediate stops of PostgreSQL under load: {len(crowd.orders)} orders"
        f" acknowledged, 0 lost, 0 doubled; {unknown} calls of unknown end or 503, each answered"
        f" under its key; the next order {max(took):.1f} s after the start at the latest",
        target="0 acknowledged lost; unknowns resolved by their key; ready in 5 s",
        seed=9,
    )


@pytest.mark.fault("D9")
def test_the_control_that_does_not_wait_for_the_disk_loses(rig):
    rig.sql(f"ALTER DATABASE {rig.database} SET synchronous_commit = off")
    with lazy_log_writer(rig):
        rig.web()
        rig.wait_for_web()
        with Crowd(rig, seed=9) as crowd:
            stop_under_load(rig, crowd, 1)
    lost, _unexpected = lost_and_doubled(rig, crowd)
    assert lost, "the rig must be able to see the fault"


class lazy_log_writer:
    """Within the block PostgreSQL writes its log to the disk only when somebody waits for it."""

    def __init__(self, rig):
        self.rig = rig

    def __enter__(self):
        self._alter("SET wal_writer_delay = '10s'")

    def __exit__(self, *_exception):
        self._alter("RESET wal_writer_delay")

    def _alter(self, change):
        with psycopg.connect(self.rig.postgres.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM {change}")
            connection.execute("SELECT pg_reload_conf()")


SESSIONS = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
AND backend_type = 'client backend' AND application_name <> 'rig' ORDER BY pid
"""


@pytest.mark.fault("D10")
@pytest.mark.parametrize("ends", sizes(30, 100))
def test_sessions_ended_by_the_administrator_heal(rig, record, ends):
    dice = Random(10)
    rig.web(), rig.relay(), rig.worker()
    rig.wait_for_web()
    with Crowd(rig, seed=10) as crowd:
        crowd.wait_for_more(5)
        for _ in range(ends):
            wait_until(lambda: rig.sql(SESSIONS), "somebody is connected")
            for (pid,) in dice.choices(rig.sql(SESSIONS) or [(0,)]):
                rig.sql("SELECT pg_terminate_backend(%s)", pid)
        crowd.wait_for_more(10)
    judge(rig, crowd)
    assert crowd.outcomes["500"] == 0
    assert longest_trouble(crowd) < 5
    record(
        "D10",
        f"{ends} database sessions ended by the administrator under load: {len(crowd.orders)}"
        f" orders, 0 lost, no 500, {crowd.outcomes['503']} answers 503, none of them for longer"
        f" than {longest_trouble(crowd):.1f} s",
        target="heals; no 500; no 503 for longer than 5 s",
        seed=10,
    )


def longest_trouble(crowd):
    """Seconds of the longest time in which nobody was served."""
    longest, since = 0.0, None
    for at, status in sorted(crowd.answered_at):
        if status == 201:
            longest = max(longest, at - since) if since else longest
            since = None
        else:
            since = since or at
    return longest
