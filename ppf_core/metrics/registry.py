"""Protocol of metrics registries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ["MeterRegistry", "Tags"]

Tags = Mapping[str, str]
"""Labels that distinguish the series of a metric, such as the component's name."""


class MeterRegistry(Protocol):
    """Records counters, gauges and timers.

    A metric is identified by its dotted name and its tags; each set of tags is a separate series. A name belongs to
    a single kind of metric, values are finite, and those of counters and timers are not negative: otherwise
    `MetricError` is raised and nothing is recorded. Several threads may record at once.
    """

    def counter(self, name: str, value: float = 1.0, tags: Tags | None = None) -> None:
        """Add `value` to a number that only increases."""

    def gauge(self, name: str, value: float, tags: Tags | None = None) -> None:
        """Set a number that may increase and decrease."""

    def timer(self, name: str, duration_ms: float, tags: Tags | None = None) -> None:
        """Record a duration in milliseconds."""

    def get_metrics(self) -> Mapping[str, Any]:
        """Return the recorded metrics as a `MetricsSnapshot`, ready for JSON."""
        ...
