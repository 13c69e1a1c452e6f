"""What the rig announces."""

from dataclasses import dataclass

from shop.events.outbox import LANES, Event

LANES["pushes"] = 32


@dataclass(frozen=True)
class PushWanted(Event):
    """Somebody outside must hear of it; telling them takes `seconds`."""

    stream_kind = "push"
    label = "push wanted"
    subject: int
    number: int
    seconds: float = 0
