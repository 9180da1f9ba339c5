"""Outage of a Spark Connect server: limits the retries of all calls together."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ppf_core.clock import Clock

__all__ = ["OUTAGE_SECONDS", "Outage", "retry_policy"]

OUTAGE_SECONDS = 10.0
_LONGEST_PAUSE_MS = 3000
_CALM_SECONDS = 30.0


class Outage:
    """Allows retries until the failures of an outage span `OUTAGE_SECONDS`.

    A client makes many calls, and each would wait for a dead server. Failures more than 30 seconds apart belong to
    different outages.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._began = self._last = float("-inf")

    def is_worth_a_retry(self) -> bool:
        """Record a failed call, and return whether to retry it."""
        now = self._clock()
        if now - self._last > _CALM_SECONDS:
            self._began = now
        self._last = now
        return now - self._began < OUTAGE_SECONDS


def retry_policy() -> Any:
    """Return PySpark's retry policy for Connect, limited by `Outage`: PySpark waits many minutes for a dead server."""
    from pyspark.sql.connect.client.retries import DefaultPolicy

    outage = Outage()

    class BoundedPolicy(DefaultPolicy):
        def can_retry(self, exception: BaseException) -> bool:
            return super().can_retry(exception) and outage.is_worth_a_retry()

    return BoundedPolicy(max_backoff=_LONGEST_PAUSE_MS)
