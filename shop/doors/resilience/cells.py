"""The words of the table: what the shop leans on, how it may fail, what comes of it."""

from dataclasses import dataclass
from enum import StrEnum


class Dependency(StrEnum):
    """What the shop cannot do everything without."""

    DATABASE = "PostgreSQL"
    BROKER = "broker"
    CACHE = "cache"
    FILES = "files on disk"
    LOGIN = "WeChat login"
    PAY = "WeChat Pay"
    MESSAGES = "WeChat messages"
    SHIPPING = "WeChat shipping information"
    WAYBILLS = "快递100 waybills"
    TRACKING = "快递100 tracking"
    MAIL = "mail server"
    ROBOT = "WeCom robot"


class Fault(StrEnum):
    """One way of failing."""

    REFUSES = "refuses connections"
    HANGS = "takes the request and is silent"
    SLOW = "answers piece by piece"
    SERVER_ERROR = "answers with its own error (5xx)"
    HTML = "answers with a web page"
    FORGED = "signs wrongly"
    GARBAGE = "answers with half of its answer"
    CERTIFICATE = "shows a certificate that nobody vouches for"
    KEY = "refuses our key"
    LIMITED = "says that we ask too often"
    TWICE = "answers twice"


@dataclass(frozen=True)
class Answer:
    """What the caller of the API, or of a desk's button, hears."""

    status: int
    code: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class Outcome:
    """What comes of these faults of a dependency.

    `work` is the kind of work item that they open by themselves, if any. `shown_by` names the test
    (`file::test` under tests/) that stages every one of these cells.
    """

    dependency: Dependency
    faults: tuple[Fault, ...]
    customer: Answer
    staff: str
    afterwards: str
    shown_by: str
    work: str = ""


@dataclass(frozen=True)
class Cannot:
    """These faults cannot arise there."""

    dependency: Dependency
    faults: tuple[Fault, ...]
    because: str
