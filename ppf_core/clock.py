"""Where time comes from, so that a test can bring its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

__all__ = ["Clock", "Now", "Sleep", "utc_now"]

Clock = Callable[[], float]
"""Monotonic seconds; only differences mean something."""

Sleep = Callable[[float], None]
"""Waits for so many seconds."""

Now = Callable[[], datetime]
"""The time of day, with a time zone."""


def utc_now() -> datetime:
    """The time of day in UTC."""
    return datetime.now(timezone.utc)
