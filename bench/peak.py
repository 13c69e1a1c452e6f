"""The peak that the whole shop holds, and what becomes of one and a half and three times as much.

Customers of `manage.py simulate` come at a rate that does not wait for the shop: they browse, buy,
pay at WeChat's simulator and ask for money back, while relay and worker carry what that causes.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench.stage import Stage, program
from start.demo import manage, simulator, worker

BROWSE_MS, CHECKOUT_MS = 300, 800
STEP_SECONDS = 30.0
RATES = (0.5, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32)  # visits a second, some ten requests each
LONG = {1.5: 600.0, 3.0: 300.0}
SHORT_STEP, SHORT = 6.0, {1.5: 10.0, 3.0: 10.0}
CUSTOMERS = 24
GOODPUT = 0.8


@dataclass(frozen=True)
class Held:
    """One rate, and what came of it. p95 in milliseconds; goodput is visits without an error
    and without being told to wait, of those that were due."""

    rate: float
    seconds: float
    browse_ms: float
    checkout_ms: float
    orders: int
    errors: int
    told_to_wait: int
    goodput: float

    @property
    def is_held(self) -> bool:
        is_quick = self.browse_ms <= BROWSE_MS and self.checkout_ms <= CHECKOUT_MS
        return is_quick and not self.errors and not self.told_to_wait


def find_peak(stage: Stage, say: Callable[[str], None], *, is_short: bool) -> None:
    """Write the section of docs/performance.md."""
    from bench.goods import fill
    from bench.report import PAGE, PEAK_MARK, replace_section

    fill()
    with everything(stage):
        step = SHORT_STEP if is_short else STEP_SECONDS
        climbed = list(climb(stage, step, say))
        peak = max((one.rate for one in climbed if one.is_held), default=RATES[0])
        spans = SHORT if is_short else LONG
        beyond = [offered(stage, peak * times, seconds, say) for times, seconds in spans.items()]
    text = "\n".join(section(peak, climbed, beyond)) + "\n"
    say(text)
    replace_section(PAGE, PEAK_MARK, "", text)


@contextmanager
def everything(stage: Stage) -> Iterator[None]:
    """Web, worker, relay and WeChat. Each customer has an address of their own, as behind a proxy:
    the limit of sign-ins is one of addresses."""
    wechat = simulator(stage.here, stage.here.var)
    with ExitStack() as running:
        running.enter_context(program(list(wechat.argv), **dict(wechat.env or {})))
        running.enter_context(stage.ours.running(TRUSTED_PROXIES="1"))
        running.enter_context(program(worker()))
        running.enter_context(program(manage("relay")))
        yield


def climb(stage: Stage, seconds: float, say: Callable[[str], None]) -> Iterator[Held]:
    """Rate after rate, until one is not held."""
    for rate in RATES:
        held = offered(stage, rate, seconds, say)
        yield held
        if not held.is_held:
            return


def offered(stage: Stage, rate: float, seconds: float, say: Callable[[str], None]) -> Held:
    from demo.simulate.crowd import Crowd
    from demo.simulate.tally import p95
    from shop.vendors.wechat.simulator.remote import Remote

    say(f"{rate:g} visits a second for {seconds:g} s")
    wechat = Remote(os.environ["WECHAT_API_URL"])
    crowd = Crowd(stage.url, wechat, CUSTOMERS, rate, seed=int(rate * 10), proxied=True)
    tally = crowd.shop_for(seconds, say)
    errors, waits = sum(tally.errors.values()), sum(tally.refusals.values())
    due = max(1, int(rate * seconds))
    for line in tally.summary():
        say(line)
    return Held(
        rate=rate,
        seconds=seconds,
        browse_ms=p95(tally.browsing) * 1000,
        checkout_ms=p95(tally.checkout) * 1000,
        orders=tally.orders,
        errors=errors,
        told_to_wait=waits,
        goodput=min(1.0, (tally.visits - errors - waits) / due),
    )


def section(peak: float, climbed: list[Held], beyond: list[Held]) -> Iterator[str]:
    from bench.report import table

    yield f"The peak held: **{peak:g} visits a second** by {CUSTOMERS} customers at once."
    yield ""
    head = (
        "visits/s", "seconds", "p95 browse ms", "p95 checkout ms", "orders", "errors",
        "told to wait", "goodput", "",
    )  # fmt: skip
    yield from table(head, [row(one, one.is_held) for one in climbed])
    yield ""
    yield "Beyond it: 1.5 times without an error, 3 times with a goodput of 80 % at least."
    yield ""
    half, triple = beyond
    good = [row(half, not half.errors), row(triple, triple.goodput >= GOODPUT)]
    yield from table(head, good)


def row(held: Held, is_good: bool) -> tuple[str, ...]:
    return (
        f"{held.rate:g}",
        f"{held.seconds:g}",
        f"{held.browse_ms:.0f}",
        f"{held.checkout_ms:.0f}",
        str(held.orders),
        str(held.errors),
        str(held.told_to_wait),
        f"{held.goodput:.0%}",
        "held" if is_good else "**not held**",
    )
