"""The supervisor, tried as a process of its own that keeps real children."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from tests.start.conftest import is_alive, wait_until

HOUSE = """
import asyncio, sys
from functools import partial
from pathlib import Path
from start import supervisor
from start.errors import DidNotStart
from start.output import Output
from start.programs import Program
from start.servers import Valkey

supervisor.PAUSES = (0.1, 0.2)

def python(source):
    return [sys.executable, "-c", source]

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP
FORKING = "import os; print('fork', os.fork(), flush=True); " + SLEEP

async def never():
    return False

programs, servers = [], {}
PROGRAMS_HERE
async def main():
    output = Output(["start", *(program.name for program in programs)])
    await supervisor.Supervisor(programs, servers, output).run()

try:
    asyncio.run(main())
except DidNotStart as trouble:
    print(trouble, flush=True)
    sys.exit(1)
print("all stopped", flush=True)
"""


class House:
    """A running supervisor and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""

    def hears(self, text: str, times: int = 1) -> None:
        """Read on until the text was said that often."""
        assert self.process.stdout
        while self.said.count(text) < times:
            line = self.process.stdout.readline()
            assert line, f"{text!r} was never said:\n{self.said}"
            self.said += line

    def children(self) -> list[int]:
        """Of all generations."""
        table = subprocess.run(["ps", "-eo", "pid=,sid="], capture_output=True, text=True).stdout
        rows = (map(int, line.split()) for line in table.splitlines())
        return [pid for pid, session in rows if session == self.process.pid != pid]

    def ends(self) -> int:
        self.said += self.process.communicate(timeout=60)[0]
        return self.process.returncode


@pytest.fixture
def house(script) -> Iterator[Callable[[str], House]]:
    """Start a supervisor; the source adds to `programs` and `servers`."""
    houses = []

    def start(source: str) -> House:
        houses.append(House(script(HOUSE.replace("PROGRAMS_HERE", source))))
        return houses[-1]

    yield start
    for one in houses:
        for pid in one.children():
            os.kill(pid, signal.SIGKILL)


def test_a_dead_child_is_started_again(house):
    one = house("programs.append(Program('worker', python(SLEEP)))")
    one.hears("worker | up")
    os.kill(*one.children(), signal.SIGKILL)
    one.hears("start  | worker ended with signal SIGKILL; starting it again in 0.1 s")
    one.hears("worker | up", times=2)


def test_what_a_dead_child_leaves_behind_is_killed_before_it_starts_again(house):
    one = house("programs.append(Program('web', python(FORKING)))")
    one.hears("web   | fork 0")
    one.hears("web   | up", times=2)
    leader, fork = sorted(one.children())
    os.kill(leader, signal.SIGKILL)
    one.hears("web   | up", times=4)
    assert not is_alive(fork)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_children_end_on_a_signal_and_a_stubborn_one_is_killed(house, sign):
    one = house(
        "programs += [Program('tame', python(SLEEP)), Program('fork', python(FORKING)),"
        " Program('wild', python(STUBBORN), grace=0.3)]"
    )
    one.hears("| up", times=4)
    children = one.children()
    assert len(children) == 4
    os.killpg(one.process.pid, sign)
    assert one.ends() == 0
    assert "wild did not end when asked: killed" in one.said
    assert "tame did not" not in one.said
    assert one.said.endswith("all stopped\n")
    assert not [pid for pid in children if is_alive(pid)]


def test_a_second_interrupt_does_not_wait(house):
    one = house("programs.append(Program('wild', python(STUBBORN), grace=60))")
    one.hears("wild  | up")
    os.kill(one.process.pid, signal.SIGINT)
    one.hears("stopping everything")
    began = time.monotonic()
    os.kill(one.process.pid, signal.SIGINT)
    assert one.ends() == 0
    assert time.monotonic() - began < 50


def test_children_end_in_the_opposite_order_of_their_start(house):
    telling = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.2), print('end'), sys.exit()))\n"
        "print('up', flush=True); time.sleep(60)"
    )
    one = house(
        f"tell = python({telling!r})\n"
        "programs += [Program('second', tell, after=['first']), Program('first', tell)]"
    )
    one.hears("| up", times=2)
    one.process.terminate()
    one.ends()
    assert one.said.index("second | end") < one.said.index("first  | end")


def test_a_step_that_fails_stops_everything_and_is_quoted(house):
    one = house(
        "programs += [Program('mail', python(SLEEP)),"
        " Program('prepare', python('print(\"表不存在\"); raise SystemExit(3)'), once=True),"
        " Program('web', python(SLEEP), after=['prepare'])]"
    )
    assert one.ends() == 1
    assert "prepare ended with exit code 3.\n  | 表不存在" in one.said
    assert "web " not in one.said
    assert one.children() == []


def test_a_child_that_dies_before_it_was_ever_ready_is_given_up(house):
    one = house("programs.append(Program('web', python('import nowhere'), ready=never))")
    assert one.ends() == 1
    assert one.said.count("starting it again") == 2
    assert "web ended with exit code 1." in one.said
    assert "No module named 'nowhere'" in one.said.split("web ended with exit code 1.")[1]


def test_a_child_that_is_never_ready_is_given_up(house):
    one = house("programs.append(Program('web', python(SLEEP), ready=never, patience=0.3))")
    assert one.ends() == 1
    assert "web was not ready in 0.3 s." in one.said
    assert one.children() == []


def test_lines_are_whole_and_chinese_in_any_locale(house):
    one = house(
        "programs.append(Program('worker', python("
        "'import sys, time; b = \"订单已发货\".encode(); w = sys.stdout.buffer\\n'"
        "'for i in range(len(b)): w.write(b[i:i+1]); w.flush(); time.sleep(0.01)\\n'"
        '\'w.write(b" \\\\xff" + b"x" * 70000 + b"\\\\nlast, without an end")\'), once=True))\n'
        "programs.append(Program('after', python(SLEEP), after=['worker']))"
    )
    one.hears("after  | up")
    assert "worker | 订单已发货 \ufffdx" in one.said
    assert "worker | last, without an end" in one.said


def test_a_killed_server_is_started_again_on_the_same_address(house):
    one = house(
        "valkey = servers['valkey'] = Valkey('valkey', fast=True); valkey.settle()\n"
        "show = f'print(\"{valkey.url}\", flush=True); ' + SLEEP\n"
        "programs.append(Program('shown', python(show), after=['valkey']))"
    )
    one.hears("shown | up")
    valkey = min(one.children())
    os.kill(valkey, signal.SIGKILL)
    one.hears("start | Valkey ended unasked; starting it again")
    wait_until(lambda: len(one.children()) == 2)
    one.process.terminate()
    assert one.ends() == 0
    assert one.children() == []


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="the kernel's promise on Linux only")
def test_children_do_not_outlive_a_killed_supervisor(house):
    one = house("programs += [Program('a', python(SLEEP)), Program('b', python(SLEEP))]")
    one.hears("| up", times=2)
    one.process.kill()
    wait_until(lambda: not one.children())


def test_a_reader_that_goes_away_does_not_leave_children(house):
    """`make run | head`, and Ctrl-C on `make run | tee log`, which ends tee first."""
    one = house("programs.append(Program('worker', python(SLEEP)))")
    one.hears("worker | up")
    one.process.stdout.close()
    one.process.terminate()
    one.process.wait(timeout=60)
    assert one.children() == []
