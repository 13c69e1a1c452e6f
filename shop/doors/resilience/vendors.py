"""What comes of a vendor's faults. A vendor is asked in three ways, and each has its own rows.

Somebody waits for the answer (login, payment, a waybill): they hear at once, and try again under
the same number. Nobody waits (messages, shippings, mail): a lane tries again for three days. The
clock asks (tracking): it asks again at its next turn.
"""

from shop.doors.resilience.cells import Answer, Cannot, Dependency, Fault, Outcome

AWAY = Answer(503, "vendor-away", "微信暂时没有响应，请稍后再试。")
REFUSED = Answer(502, "vendor-refused", "微信拒绝了本次请求。")
NOTHING_NOTICED = Answer(200)
NO_ANSWER = (
    Fault.REFUSES,
    Fault.HANGS,
    Fault.SERVER_ERROR,
    Fault.HTML,
    Fault.CERTIFICATE,
    Fault.LIMITED,
)
"""No whole answer that could be believed; whether the vendor did it is not known for some."""
NO_SIGNATURES = "its answers bear no signature: TLS alone vouches for them"
CALLS = "faults/resilience/test_somebody_waits.py"
LANES = "faults/resilience/test_a_lane_tries_again.py"

_LOGIN = (
    Outcome(
        Dependency.LOGIN,
        (*NO_ANSWER, Fault.GARBAGE),
        AWAY,
        staff="nothing: who is signed in stays signed in and goes on shopping",
        afterwards="the mini-program fetches a fresh code and signs in at the first try",
        shown_by=f"{CALLS}::test_signing_in",
    ),
    Outcome(
        Dependency.LOGIN,
        (Fault.SLOW, Fault.TWICE),
        NOTHING_NOTICED,
        staff="nothing",
        afterwards="the next to sign in is themselves: an answer that came twice is nobody's",
        shown_by=f"{CALLS}::test_signing_in",
    ),
    Outcome(
        Dependency.LOGIN,
        (Fault.KEY,),
        REFUSED,
        staff="an engineer's case names WeChat and its code",
        work="vendor_refuses",
        afterwards="signing in works again with the right WECHAT_SECRET, and a restart",
        shown_by=f"{CALLS}::test_signing_in",
    ),
    Cannot(Dependency.LOGIN, (Fault.FORGED,), NO_SIGNATURES),
)

_PAY = (
    Outcome(
        Dependency.PAY,
        (*NO_ANSWER, Fault.FORGED, Fault.GARBAGE),
        AWAY,
        staff="nothing: the order stays unpaid, its window runs",
        afterwards="paying again goes on under the same number, so it is paid once; a notice that"
        " was lost is asked after every minute",
        shown_by=f"{CALLS}::test_paying",
    ),
    Outcome(
        Dependency.PAY,
        (Fault.SLOW, Fault.TWICE),
        NOTHING_NOTICED,
        staff="nothing",
        afterwards="the next answer is read for what it is; a notice that comes twice counts once",
        shown_by=f"{CALLS}::test_paying",
    ),
    Outcome(
        Dependency.PAY,
        (Fault.KEY,),
        REFUSED,
        staff="an engineer's case names WeChat Pay and its code",
        work="vendor_refuses",
        afterwards="the order can be paid as soon as the key is right, within its window",
        shown_by=f"{CALLS}::test_paying",
    ),
)

_WAYBILLS = (
    Outcome(
        Dependency.WAYBILLS,
        (*NO_ANSWER, Fault.GARBAGE),
        Answer(503, sentence="快递100没有响应，未作任何更改，请重试。"),
        staff="the button says so; a waybill of the roll can be scanned instead",
        afterwards="pressed again it goes on under the same number: one waybill, even if the first"
        " was given and its answer lost",
        shown_by=f"{CALLS}::test_ordering_a_waybill",
    ),
    Outcome(
        Dependency.WAYBILLS,
        (Fault.SLOW, Fault.TWICE),
        NOTHING_NOTICED,
        staff="nothing",
        afterwards="the next parcel has its own waybill",
        shown_by=f"{CALLS}::test_ordering_a_waybill",
    ),
    Outcome(
        Dependency.WAYBILLS,
        (Fault.KEY,),
        Answer(502, sentence="快递100 拒绝（30003），未作任何更改。"),
        staff="the button says so, with the code",
        afterwards="pressed again with the right key it goes on under a new number",
        shown_by=f"{CALLS}::test_ordering_a_waybill",
    ),
    Cannot(Dependency.WAYBILLS, (Fault.FORGED,), NO_SIGNATURES),
)

_MESSAGES = (
    Outcome(
        Dependency.MESSAGES,
        NO_ANSWER,
        NOTHING_NOTICED,
        staff="the notice stands in the register as queued",
        afterwards="the lane sends it, once; what may have been sent is counted as a repeat",
        shown_by=f"{LANES}::test_a_message",
    ),
    Outcome(
        Dependency.MESSAGES,
        (Fault.GARBAGE,),
        NOTHING_NOTICED,
        staff="after the repeat it stands there as ‘unknown’: the allowance is used up",
        afterwards="nothing more is sent: the customer has it",
        shown_by=f"{LANES}::test_a_message",
    ),
    Outcome(
        Dependency.MESSAGES,
        (Fault.SLOW, Fault.TWICE),
        NOTHING_NOTICED,
        staff="nothing",
        afterwards="sent once",
        shown_by=f"{LANES}::test_a_message",
    ),
    Outcome(
        Dependency.MESSAGES,
        (Fault.KEY,),
        NOTHING_NOTICED,
        staff="the notice stands in the register as failed with WeChat's code, and can be sent"
        " again there",
        afterwards="nothing: people send it again once the secret is right",
        shown_by=f"{LANES}::test_a_message",
    ),
    Cannot(Dependency.MESSAGES, (Fault.FORGED,), NO_SIGNATURES),
)

_SHIPPING = (
    Outcome(
        Dependency.SHIPPING,
        (*NO_ANSWER, Fault.GARBAGE),
        NOTHING_NOTICED,
        staff="nothing before 36 h; then a case, half a day before WeChat reminds",
        afterwards="the lane tells it; what WeChat had heard is known for a repeat",
        shown_by=f"{LANES}::test_a_shipping",
    ),
    Outcome(
        Dependency.SHIPPING,
        (Fault.SLOW, Fault.TWICE),
        NOTHING_NOTICED,
        staff="nothing",
        afterwards="told once",
        shown_by=f"{LANES}::test_a_shipping",
    ),
    Outcome(
        Dependency.SHIPPING,
        (Fault.KEY,),
        NOTHING_NOTICED,
        staff="a case with WeChat's code, at once",
        work="shipping_untold",
        afterwards="an hourly job tells it again; the case closes by itself",
        shown_by=f"{LANES}::test_a_shipping",
    ),
    Cannot(Dependency.SHIPPING, (Fault.FORGED,), NO_SIGNATURES),
)

_TRACKING = (
    Outcome(
        Dependency.TRACKING,
        (*NO_ANSWER, Fault.GARBAGE, Fault.KEY),
        NOTHING_NOTICED,
        staff="nothing at once; a parcel of which nothing is heard for three days is a case",
        afterwards="the same is asked six hours later; pushes go on meanwhile",
        shown_by=f"{LANES}::test_where_a_parcel_is",
    ),
    Outcome(
        Dependency.TRACKING,
        (Fault.SLOW, Fault.TWICE),
        NOTHING_NOTICED,
        staff="nothing",
        afterwards="what was scanned is there once",
        shown_by=f"{LANES}::test_where_a_parcel_is",
    ),
    Outcome(
        Dependency.TRACKING,
        (Fault.FORGED,),
        NOTHING_NOTICED,
        staff="the counter of refused notices rises (/metrics)",
        afterwards="answers bear no signature; a push that our salt did not sign leaves no trace",
        shown_by="orders/test_tracking_hook.py::test_what_is_not_believed_leaves_no_trace",
    ),
)

_MAIL = (
    Outcome(
        Dependency.MAIL,
        (*NO_ANSWER, Fault.GARBAGE, Fault.KEY),
        NOTHING_NOTICED,
        staff="the desk's inbox has the notice; its mail is queued, after a day it has failed",
        afterwards="the lane sends it, once",
        shown_by=f"{LANES}::test_a_mail",
    ),
    Outcome(
        Dependency.MAIL,
        (Fault.SLOW, Fault.TWICE),
        NOTHING_NOTICED,
        staff="nothing",
        afterwards="sent once",
        shown_by=f"{LANES}::test_a_mail",
    ),
    Cannot(Dependency.MAIL, (Fault.FORGED,), "SMTP's replies bear no signature"),
)

_ROBOT = (
    Outcome(
        Dependency.ROBOT,
        (*NO_ANSWER, Fault.GARBAGE),
        NOTHING_NOTICED,
        staff="the desk's inbox has the notice; the group reads it later, and what it may have read"
        " already once more",
        afterwards="the lane writes it",
        shown_by=f"{LANES}::test_a_word_in_the_group",
    ),
    Outcome(
        Dependency.ROBOT,
        (Fault.SLOW, Fault.TWICE),
        NOTHING_NOTICED,
        staff="the group reads it once",
        afterwards="nothing is left to do",
        shown_by=f"{LANES}::test_a_word_in_the_group",
    ),
    Outcome(
        Dependency.ROBOT,
        (Fault.KEY,),
        NOTHING_NOTICED,
        staff="the notice stands in the register as failed with WeCom's code",
        afterwards="nothing: people send it again once WECOM_ROBOT_URL is right",
        shown_by=f"{LANES}::test_a_word_in_the_group",
    ),
    Cannot(Dependency.ROBOT, (Fault.FORGED,), NO_SIGNATURES),
)

OF_THE_VENDORS = (
    *_LOGIN,
    *_PAY,
    *_WAYBILLS,
    *_MESSAGES,
    *_SHIPPING,
    *_TRACKING,
    *_MAIL,
    *_ROBOT,
)
