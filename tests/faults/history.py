"""Records every call as its caller saw it, for the oracle: what was acknowledged must be there."""

import itertools
import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from shop.invariants import Call, calls_in


class History:
    """One line of JSON when a call goes out and one when it ends; any number of threads."""

    def __init__(self, file: Path):
        self.file = file
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def post(self, send, path, *, key=None):
        """`send(headers)` makes the call; its answer, or what it raised: then it is unknown.

        The answer is of `requests` or of Django's test client.
        """
        key = key or uuid4().hex
        number = next(self._numbers)
        self._write(call=number, event="invoke", method="POST", path=path, key=key)
        try:
            answer = send({"Idempotency-Key": key})
        except Exception as error:
            self._write(call=number, event="unknown", body=type(error).__name__)
            raise
        self._write(
            call=number,
            event=outcome_of(answer.status_code),
            status=answer.status_code,
            headers=dict(answer.headers),
            body=answer.content.decode(errors="replace"),
        )
        return answer

    @property
    def calls(self) -> list[Call]:
        return calls_in(self.file.read_text().splitlines()) if self.file.exists() else []

    def _write(self, **line):
        with self._lock, self.file.open("a") as lines:
            lines.write(json.dumps(line | {"at": datetime.now(UTC).isoformat()}) + "\n")


def outcome_of(status: int) -> str:
    """2xx happened, 4xx did not, anything else may have."""
    return "ok" if status < 300 else "fail" if 400 <= status < 500 else "unknown"
