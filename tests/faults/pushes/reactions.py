"""What the rig does about its facts."""

import json
import os
import time
from functools import lru_cache

from shop.events.models import EventLog
from shop.events.outbox import reacts_to
from shop.vendors.circuits import forget_circuits
from shop.vendors.outbound import Outbound
from tests.faults import settings
from tests.faults.pushes.events import PushWanted


@reacts_to(PushWanted, lane="pushes", outside=True)
def push_outside(event: PushWanted, fact: EventLog) -> None:
    """Tell the receiver; by the fact's id it knows a repeat. Every try is made: what a circuit
    spares a vendor that fails has tests of its own.
    """
    forget_circuits()
    time.sleep(event.seconds)
    told = {"id": str(fact.id), "stream": fact.stream, "seq": fact.seq, "process": os.getpid()}
    receiver().send("POST", settings.RECEIVER_URL, body=json.dumps(told).encode())


@lru_cache
def receiver() -> Outbound:
    return Outbound("receiver", [settings.RECEIVER_URL])
