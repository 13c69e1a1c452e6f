"""What may go wrong on WeChat's side, switched on and off through the control API."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Faults:
    """All off by default.

    - `drop_notices`: no notice is ever sent.
    - `duplicates`: the first attempt of a notice is sent this many times at once.
    - `delay_seconds`: wait before the first attempt.
    - `time_scale`: the retry schedule runs this many times faster.
    - `probe_answers`, `probe_notices`: sign with a WECHATPAY/SIGNTEST/ signature; a notice only at
      its first attempt, as WeChat does.
    - `serial`: the serial we claim to sign with; empty for our own.
    - `pay_error`: every call to Pay gets this error: SYSTEM_ERROR or FREQUENCY_LIMITED.
    - `refund_ends_as`: SUCCESS, ABNORMAL, CLOSED; PROCESSING stays so until it is ended by hand.
    - `refund_seconds`: how long a refund is under way.
    - `lose_refund_answers`: refunds are carried out, and answered with SYSTEM_ERROR.
    - `not_enough`: our account cannot cover any new refund.
    - `login_errcode`: every login and phone call gets this errcode; -1 is busy.
    - `message_errcode`, `robot_errcode`, `shipping_errcode`, `content_errcode`: every subscribe
      message, every word of the group robot, everything about shippings, every content check.
    """

    drop_notices: bool = False
    duplicates: int = 1
    delay_seconds: float = 0.0
    time_scale: float = 1.0
    probe_answers: bool = False
    probe_notices: bool = False
    serial: str = ""
    pay_error: str = ""
    refund_ends_as: str = "SUCCESS"
    refund_seconds: float = 0.0
    lose_refund_answers: bool = False
    not_enough: bool = False
    login_errcode: int = 0
    message_errcode: int = 0
    robot_errcode: int = 0
    shipping_errcode: int = 0
    content_errcode: int = 0

    def changed(self, changes: dict[str, object]) -> "Faults":
        """With these settings changed; ValueError names one that is unknown or not of its type."""
        for name, value in changes.items():
            default = getattr(_NONE, name, None)
            kind = (int, float) if isinstance(default, float) else type(default)
            if default is None or not isinstance(value, kind):
                raise ValueError(f"{name} is no such setting, or not of its type")
        faults = replace(self, **changes)  # type: ignore[arg-type]  # checked just above
        if faults.time_scale <= 0 or faults.duplicates < 1:
            raise ValueError("time_scale is above 0, duplicates at least 1")
        return faults


_NONE = Faults()
