"""What every place that takes numbers can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ["MeterRegistry", "Tags"]

Tags = Mapping[str, str]
"""What tells the series of one metric apart, such as the component's name."""


class MeterRegistry(Protocol):
    """Takes counters, gauges and timers.

    A metric is known by its dotted name and its tags; each set of tags is a series of its own. A name is used
    for one kind of metric only, values are finite, those of counters and timers not negative: otherwise
    `MetricError`, and nothing is recorded. Several threads may record at once.
    """

    def counter(self, name: str, value: float = 1.0, tags: Tags | None = None) -> None:
        """Add `value` to a number that only grows."""

    def gauge(self, name: str, value: float, tags: Tags | None = None) -> None:
        """Set a number that goes up and down."""

    def timer(self, name: str, duration_ms: float, tags: Tags | None = None) -> None:
        """Record that something took so many milliseconds."""

    def get_metrics(self) -> Mapping[str, Any]:
        """What was recorded so far, ready for JSON, in the shape of `MetricsSnapshot`."""
        ...
