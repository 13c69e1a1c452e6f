"""快递100's tracking, from its JSON to scans: 实时快递查询 and 快递信息推送服务 tell it alike."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from shop.vendors.wechat.strict_json import Fields, Unreadable

SHANGHAI = ZoneInfo("Asia/Shanghai")  # the document's times have no zone, and are China's
LONGEST_TEXT = 300
LONGEST_PLACE = 60
LONGEST_ANSWERED = 4000
MOST_SCANS = 500


class State(StrEnum):
    """What a scan says of its parcel, in our words."""

    COLLECTED = "collected"
    MOVING = "moving"
    DELIVERING = "delivering"
    TO_PICK_UP = "to_pick_up"
    SIGNED = "signed"
    TROUBLE = "trouble"
    LOST = "lost"
    REFUSED = "refused"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"


# 运单快递状态(state)说明: the main states, and those of the advanced ones that say more.
_STATES = {
    "0": State.MOVING,
    "1": State.COLLECTED,
    "2": State.TROUBLE,
    "3": State.SIGNED,
    "4": State.RETURNED,
    "5": State.DELIVERING,
    "6": State.RETURNING,
    "7": State.MOVING,
    "8": State.MOVING,
    "14": State.REFUSED,
    "101": State.COLLECTED,
    "102": State.COLLECTED,
    "103": State.COLLECTED,
    "203": State.REFUSED,
    "205": State.TO_PICK_UP,
    "210": State.CANCELLED,
    "401": State.CANCELLED,
    "501": State.TO_PICK_UP,
}
_LOST = ("遗失", "丢失", "丢件")
"""No state means lost: carriers write it into the text of a 疑难."""


@dataclass(frozen=True, slots=True)
class TrackingScan:
    """One scan of a parcel: when (UTC), what it means, the carrier's words and place.

    The words may name the courier or whoever signed.
    """

    at: datetime
    state: State
    text: str = field(repr=False)
    place: str


@dataclass(frozen=True, slots=True)
class Track:
    """All that is known of one waybill, oldest first. `company` in 快递100's code."""

    company: str
    waybill: str
    scans: tuple[TrackingScan, ...]


def read_track(fields: Fields) -> Track:
    """The track in an answer or a push. Raises Unreadable."""
    scans = sorted({_scan(one) for one in fields.each("data", MOST_SCANS)}, key=lambda s: s.at)
    return Track(fields.text("com", 32).lower(), fields.text("nu", 32).upper(), tuple(scans))


def _scan(fields: Fields) -> TrackingScan:
    text = fields.words("context", LONGEST_ANSWERED)[:LONGEST_TEXT]
    return TrackingScan(
        at=_instant(fields.text("time", 19)),
        state=state_of(fields.code_or_empty("statusCode", 8), text),
        text=text,
        place=fields.words_or_empty("areaName", 200)[:LONGEST_PLACE],
    )


def state_of(code: str, text: str) -> State:
    """What a state's number means: 0 to 14, or a main state's with two more digits.

    One that the document does not name is at least a movement: a newer number of theirs must not
    stop the news.
    """
    main = code[0] if len(code) == 3 else code
    state = _STATES.get(code) or _STATES.get(main, State.MOVING)
    if state == State.TROUBLE and any(word in text for word in _LOST):
        return State.LOST
    return state


def _instant(text: str) -> datetime:
    try:
        local = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - the zone is put on below
        return local.replace(tzinfo=SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable("time is not an instant") from None
