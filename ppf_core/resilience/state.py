"""The three states of a circuit breaker."""

from __future__ import annotations

from enum import Enum

__all__ = ["CircuitState"]


class CircuitState(str, Enum):
    """Calls pass (`CLOSED`), are refused (`OPEN`), or are tried out a few at a time (`HALF_OPEN`)."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
