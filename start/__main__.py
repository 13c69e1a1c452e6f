"""`make run`: the whole shop on one machine, in one terminal."""

import asyncio
import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from start.demo import programs, refuse_taken_port
from start.environment import Surroundings
from start.errors import DidNotStart, WrongEnvironment
from start.output import Output
from start.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    began = time.monotonic()
    here = Surroundings(os.environ, Path(os.environ.get("VAR", ROOT / "var")).resolve())
    try:
        check_python()
        here.check()
        refuse_taken_port(here.port)
        asyncio.run(supervise(here, began))
    except DidNotStart as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before the supervisor listens; nothing is running yet
        return 130
    return 0


def check_python() -> None:
    if find_spec("django") is None:
        raise WrongEnvironment(
            f"{sys.executable} has none of the packages that the shop needs.",
            advice="Start it with make run: that installs them into .venv.",
        )


async def supervise(here: Surroundings, began: float) -> None:
    def welcome() -> None:
        seconds = time.monotonic() - began
        output.tell(f"\n商城已就绪，用时 {seconds:.1f} 秒：{here.address}/  按 Ctrl-C 停止")
        output.tell(f"The shop is ready after {seconds:.1f} s. Ctrl-C stops everything.\n")

    parts = list(programs(here, ROOT, welcome))
    output = Output(["start", *(part.name for part in parts)])
    await Supervisor(parts, here.servers, output).run()


if __name__ == "__main__":
    sys.exit(main())
