"""Snapshot of the metrics in a registry.

For example:

    {
        "counters": [{"name": "ppf.component.retries", "tags": {"component": "clean"}, "value": 2.0}],
        "gauges": [{"name": "ppf.pipeline.components", "tags": {"pipeline": "nyc"}, "value": 8.0}],
        "timers": [{"name": "ppf.pipeline.duration", "tags": {"pipeline": "nyc"},
                    "count": 1, "total_ms": 4100.0, "min_ms": 4100.0, "max_ms": 4100.0}]
    }
"""

from __future__ import annotations

from typing import TypedDict

__all__ = ["MetricsSnapshot", "TimerValue", "Value"]


class Value(TypedDict):
    """A series of a counter or gauge."""

    name: str
    tags: dict[str, str]
    value: float


class TimerValue(TypedDict):
    """A series of a timer, in milliseconds."""

    name: str
    tags: dict[str, str]
    count: int
    total_ms: float
    min_ms: float
    max_ms: float


class MetricsSnapshot(TypedDict):
    """All series, each list sorted by name and tags."""

    counters: list[Value]
    gauges: list[Value]
    timers: list[TimerValue]
