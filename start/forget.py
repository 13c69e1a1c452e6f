"""`make clean`: forget the demo's data, inside the checkout and outside it. Stops nothing.

Standard library only: it runs before anything is installed.
"""

import os
import shutil
import sys
from pathlib import Path

from start import places
from start.errors import ServerDidNotStart


def main() -> int:
    var = Path(os.environ.get("VAR", Path(__file__).resolve().parent.parent / "var")).resolve()
    try:
        forget(var)
    except ServerDidNotStart as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"{error.filename} belongs to another user: run as that user.", file=sys.stderr)
        return 1
    return 0


def forget(var: Path) -> None:
    """Raises ServerDidNotStart while a server of this folder runs; then nothing is removed."""
    servers = [folder for folder in (var / "postgres", var / "valkey") if folder.exists()]
    for folder in servers:
        places.refuse_if_used(folder)
    for folder in servers:
        places.forget(folder)
    places.forget_orphans()
    if var.exists():
        shutil.rmtree(var)


if __name__ == "__main__":
    sys.exit(main())
