"""`python -m shop.vendors.wechat.simulator`: serve until TERM or Ctrl-C."""

import os
import signal
import sys
from types import FrameType

from shop.vendors.wechat.simulator.configuration import from_environment
from shop.vendors.wechat.simulator.web import Simulator, VendorServer


def main() -> None:
    """Serve. The line printed says where, and that requests are taken from now on."""
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _stop)
    configuration = from_environment(os.environ)
    try:
        server = VendorServer(configuration.port, Simulator(configuration))
    except OSError as error:
        raise SystemExit(f"port {configuration.port}: {error.strerror}") from None
    print(f"WeChat simulator on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
