"""What can stop the house from starting, said in three parts: what, its last words, what to do."""

from collections.abc import Sequence


class DidNotStart(Exception):
    """Something the demo or the tests need is not there."""

    def __init__(self, what: str, *, last_lines: Sequence[str] = (), advice: str) -> None:
        self.what, self.last_lines, self.advice = what, list(last_lines), advice
        quoted = [f"  | {line}" for line in self.last_lines]
        super().__init__("\n".join([what, *quoted, advice]))


class ServerDidNotStart(DidNotStart):
    """An embedded PostgreSQL or Valkey did not come up, or its folder is in use."""


class ProgramDidNotStart(DidNotStart):
    """A child of the supervisor failed before it was ever ready."""


class PortTaken(DidNotStart):
    """Somebody else listens where the shop was told to."""


class WrongEnvironment(DidNotStart):
    """The environment variables contradict one another."""
