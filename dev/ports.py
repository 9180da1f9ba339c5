"""Free ports of this machine."""

from __future__ import annotations

import socket
from contextlib import ExitStack

__all__ = ["free_ports"]


def free_ports(count: int) -> list[int]:
    """Return that many different ports of 127.0.0.1, as the kernel assigns them.

    All are held until the last is assigned, so that none occurs twice. Another program may still take a port
    before it is used; the process that needs it then dies at its start.
    """
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
