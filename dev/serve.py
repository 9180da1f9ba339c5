"""Servers of Spark on this machine until Ctrl-C: `make cluster`, `make connect-server`."""

from __future__ import annotations

import sys
import time

from dev.connect_server import ConnectServer
from dev.home_lock import HomeInUseError
from dev.local_cluster import LocalCluster
from dev.places import CHECKOUT
from dev.spark_daemons import SparkDaemonError

__all__ = ["main"]

_SERVED = {
    "cluster": (LocalCluster, "spark { master"),
    "connect-server": (ConnectServer, "spark { connect_string"),
}


def main(names: list[str]) -> int:
    """Run until Ctrl-C; return 0 after it, 1 if a server dies, 2 for a wrong call."""
    if len(names) != 1 or names[0] not in _SERVED:
        print(f"expected one of {', '.join(_SERVED)}, got {' '.join(names) or 'nothing'}", file=sys.stderr)
        return 2
    daemons, setting = _SERVED[names[0]]
    try:
        with daemons(CHECKOUT / f".{names[0]}") as running:
            print(f'\n  in a pipeline file   {setting} = "{running.address}" }}', flush=True)
            print(f"  logs                 {running.home / 'logs'}", flush=True)
            print("  stop                 Ctrl-C\n", flush=True)
            while True:
                running.check()
                time.sleep(1)
    except (HomeInUseError, SparkDaemonError) as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, HomeInUseError) else 1
    except KeyboardInterrupt:
        print("stopped", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
