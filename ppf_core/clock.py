"""Clock types and the current time, which tests replace with their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

__all__ = ["Clock", "Now", "Sleep", "utc_now"]

Clock = Callable[[], float]
"""Returns monotonic seconds; only differences are meaningful."""

Sleep = Callable[[float], None]
"""Waits for a number of seconds."""

Now = Callable[[], datetime]
"""Returns the current date and time, with a time zone."""


def utc_now() -> datetime:
    """Return the current date and time in UTC."""
    return datetime.now(timezone.utc)
