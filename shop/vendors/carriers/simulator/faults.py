"""What may go wrong on the carriers' side, switched on and off through the control API."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Faults:
    """All off by default.

    - `html`: every answer is a web page with status 200.
    - `status`: every answer has this HTTP status and no content.
    - `code`: every call is refused with this code.
    - `slow_seconds`: every answer comes so much later.
    - `silent`: a connection is taken and never answered, for a minute.
    - `other_waybill`: a question is answered with the track of another waybill.
    - `no_news`: nothing is known of any waybill.
    - `lose_answers`: waybills are made, and the answer is HTTP 502.
    - `drop_pushes`: nothing is pushed.
    - `duplicates`: each push is sent so many times.
    - `backwards`: each push holds its scans in the wrong order.
    - `wrong_sign`: pushes are signed with another salt.
    """

    html: bool = False
    status: int = 0
    code: str = ""
    slow_seconds: float = 0.0
    silent: bool = False
    other_waybill: bool = False
    no_news: bool = False
    lose_answers: bool = False
    drop_pushes: bool = False
    duplicates: int = 1
    backwards: bool = False
    wrong_sign: bool = False

    def changed(self, changes: dict[str, object]) -> "Faults":
        """With these settings changed; ValueError names one that is unknown or not of its type."""
        for name, value in changes.items():
            default = getattr(_NONE, name, None)
            kind = (int, float) if isinstance(default, float) else type(default)
            if default is None or not isinstance(value, kind):
                raise ValueError(f"{name} is no such setting, or not of its type")
        return replace(self, **changes)  # type: ignore[arg-type]  # checked just above


_NONE = Faults()
