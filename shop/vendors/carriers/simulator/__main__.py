"""`python -m shop.vendors.carriers.simulator`: serve until TERM or Ctrl-C."""

import os
import signal
import sys
from types import FrameType

from shop.vendors.carriers.simulator.configuration import from_environment
from shop.vendors.carriers.simulator.web import Carriers
from shop.vendors.wechat.simulator.web import VendorServer


def main() -> None:
    """Serve. The line printed says where, and that requests are taken from now on."""
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stop)
    configuration = from_environment(os.environ)
    try:
        server = VendorServer(configuration.port, Carriers(configuration))
    except OSError as error:
        raise SystemExit(f"port {configuration.port}: {error.strerror}") from None
    print(f"快递100 simulator on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
