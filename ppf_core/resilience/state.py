"""States of a circuit breaker."""

from __future__ import annotations

from enum import Enum

__all__ = ["CircuitState"]


class CircuitState(str, Enum):
    """Calls are allowed (`CLOSED`), refused (`OPEN`), or allowed a few at a time (`HALF_OPEN`)."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
