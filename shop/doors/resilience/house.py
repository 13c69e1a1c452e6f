"""What comes of the faults of the house's own servers and disk."""

from shop.doors.resilience.cells import Answer, Cannot, Dependency, Fault, Outcome

STORE_AWAY = Answer(503, "store-away", "系统繁忙，请稍后再试。")
FILES_AWAY = Answer(503, "file-store-away", "文件服务暂时不可用，请稍后再试。")
DAMAGED = Answer(500, "file-damaged", "这个文件已损坏，请联系技术人员处理。")
NOTHING_NOTICED = Answer(200)
HOUSE = "faults/resilience/test_the_house.py"
NO_SIGNATURES = "its replies bear no signature; it stands in the house's own network"

_DATABASE = (
    Outcome(
        Dependency.DATABASE,
        (
            Fault.REFUSES,
            Fault.HANGS,
            Fault.SERVER_ERROR,
            Fault.HTML,
            Fault.GARBAGE,
            Fault.KEY,
            Fault.LIMITED,
        ),
        STORE_AWAY,
        staff="the same; /readyz says 503 and names the database",
        afterwards="the next request is served; nothing half done is there, and a key tells a retry"
        " from a second order",
        shown_by=f"{HOUSE}::test_the_database",
    ),
    Outcome(
        Dependency.DATABASE,
        (Fault.SLOW,),
        NOTHING_NOTICED,
        staff="nothing; a statement may take 10 s, a vendor's notice 4 s, then it is 503",
        afterwards="nothing is left to do",
        shown_by=f"{HOUSE}::test_the_database",
    ),
    Cannot(
        Dependency.DATABASE,
        (Fault.CERTIFICATE,),
        "DATABASE_URL asks for no verified TLS: it stands in the house's own network",
    ),
    Cannot(Dependency.DATABASE, (Fault.FORGED,), NO_SIGNATURES),
    Cannot(
        Dependency.DATABASE,
        (Fault.TWICE,),
        "each reply of its protocol is counted; one too many ends the session, which is the cell"
        " ‘half of its answer’",
    ),
)

_CACHE = (
    Outcome(
        Dependency.CACHE,
        (
            Fault.REFUSES,
            Fault.HANGS,
            Fault.SLOW,
            Fault.SERVER_ERROR,
            Fault.HTML,
            Fault.GARBAGE,
            Fault.KEY,
            Fault.LIMITED,
            Fault.TWICE,
        ),
        NOTHING_NOTICED,
        staff="pages are slower; /readyz stays 200 and says that the cache is away",
        afterwards="everything was a miss: it fills by itself. Meanwhile each call fetches WeChat's"
        " access token, which is the same for all",
        shown_by=f"{HOUSE}::test_the_cache",
    ),
    Cannot(Dependency.CACHE, (Fault.CERTIFICATE,), "CACHE_URL is redis://, without TLS"),
    Cannot(Dependency.CACHE, (Fault.FORGED,), NO_SIGNATURES),
)

_BROKER = (
    Outcome(
        Dependency.BROKER,
        (
            Fault.REFUSES,
            Fault.HANGS,
            Fault.SERVER_ERROR,
            Fault.HTML,
            Fault.GARBAGE,
            Fault.KEY,
            Fault.LIMITED,
        ),
        NOTHING_NOTICED,
        staff="nothing: the relay does the work itself; the log says broker_away",
        afterwards="after 10 s workers are rung for again; what the broker forgot is handed out"
        " again, what it repeats finds nothing to do",
        shown_by=f"{HOUSE}::test_the_doorbell",
    ),
    Outcome(
        Dependency.BROKER,
        (Fault.SLOW,),
        NOTHING_NOTICED,
        staff="nothing",
        afterwards="a worker does it",
        shown_by=f"{HOUSE}::test_the_doorbell",
    ),
    Outcome(
        Dependency.BROKER,
        (Fault.TWICE,),
        NOTHING_NOTICED,
        staff="nothing",
        afterwards="the second ring finds the lease taken or the work done: one effect",
        shown_by="faults/test_broker.py::test_a_task_that_outlives_the_visibility_timeout_has_one_effect",
    ),
    Cannot(Dependency.BROKER, (Fault.CERTIFICATE,), "BROKER_URL is redis://, without TLS"),
    Cannot(Dependency.BROKER, (Fault.FORGED,), NO_SIGNATURES),
)

_FILES = (
    Outcome(
        Dependency.FILES,
        (Fault.REFUSES, Fault.SERVER_ERROR, Fault.LIMITED),
        FILES_AWAY,
        staff="the same on their pages; the log names the disk's error",
        afterwards="nothing was kept and no row says so: the picture is sent again once there is"
        " room; a piece that was written goes after a day",
        shown_by=f"{HOUSE}::test_keeping_a_picture",
    ),
    Outcome(
        Dependency.FILES,
        (Fault.FORGED, Fault.GARBAGE, Fault.KEY),
        DAMAGED,
        staff="an engineer's case names the file",
        work="damaged_file",
        afterwards="nothing of it is ever given out; brought back from a backup it opens again",
        shown_by=f"{HOUSE}::test_reading_a_picture",
    ),
    Cannot(
        Dependency.FILES,
        (Fault.HANGS, Fault.SLOW),
        "a local disk has no time limit that a program could set: a machine whose disk hangs fails"
        " /readyz, and the others serve",
    ),
    Cannot(
        Dependency.FILES,
        (Fault.HTML, Fault.CERTIFICATE, Fault.TWICE),
        "files are read and written by the kernel's own calls, not over a network",
    ),
)

OF_THE_HOUSE: tuple[Outcome | Cannot, ...] = (*_DATABASE, *_CACHE, *_BROKER, *_FILES)
