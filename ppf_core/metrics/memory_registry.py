"""Metrics registry in memory."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import MetricError

if TYPE_CHECKING:
    from .registry import Tags
    from .snapshot import MetricsSnapshot

__all__ = ["InMemoryRegistry"]

Series = tuple[str, tuple[tuple[str, str], ...]]
"""A metric's name and its sorted tags."""


@dataclass
class _Timer:
    count: int
    total_ms: float
    min_ms: float
    max_ms: float

    def add(self, duration_ms: float) -> None:
        self.count += 1
        self.total_ms += duration_ms
        self.min_ms = min(self.min_ms, duration_ms)
        self.max_ms = max(self.max_ms, duration_ms)


class InMemoryRegistry:
    """Keeps metrics in memory; its size depends on the number of series, not of calls."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[str, str] = {}
        self._counters: dict[Series, float] = {}
        self._gauges: dict[Series, float] = {}
        self._timers: dict[Series, _Timer] = {}

    def counter(self, name: str, value: float = 1.0, tags: Tags | None = None) -> None:
        """Add `value` to a counter."""
        series = _series(name, tags)
        value = _checked(name, value, negative_allowed=False)
        with self._lock:
            self._claim(name, "counter")
            self._counters[series] = self._counters.get(series, 0.0) + value

    def gauge(self, name: str, value: float, tags: Tags | None = None) -> None:
        """Set a gauge to `value`."""
        series = _series(name, tags)
        value = _checked(name, value, negative_allowed=True)
        with self._lock:
            self._claim(name, "gauge")
            self._gauges[series] = value

    def timer(self, name: str, duration_ms: float, tags: Tags | None = None) -> None:
        """Record a duration."""
        series = _series(name, tags)
        duration_ms = _checked(name, duration_ms, negative_allowed=False)
        with self._lock:
            self._claim(name, "timer")
            timer = self._timers.get(series)
            if timer is None:
                self._timers[series] = _Timer(1, duration_ms, duration_ms, duration_ms)
            else:
                timer.add(duration_ms)

    def get_metrics(self) -> MetricsSnapshot:
        """Return a copy of the recorded metrics."""
        with self._lock:
            return {
                "counters": [
                    {"name": name, "tags": dict(tags), "value": value}
                    for (name, tags), value in sorted(self._counters.items())
                ],
                "gauges": [
                    {"name": name, "tags": dict(tags), "value": value}
                    for (name, tags), value in sorted(self._gauges.items())
                ],
                "timers": [
                    {
                        "name": series[0],
                        "tags": dict(series[1]),
                        "count": timer.count,
                        "total_ms": timer.total_ms,
                        "min_ms": timer.min_ms,
                        "max_ms": timer.max_ms,
                    }
                    for series, timer in sorted(self._timers.items(), key=lambda item: item[0])
                ],
            }

    def _claim(self, name: str, kind: str) -> None:
        owner = self._kinds.setdefault(name, kind)
        if owner != kind:
            raise MetricError(name, f"is already a {owner} and cannot also be a {kind}; use another name")


def _series(name: str, tags: Tags | None) -> Series:
    # str(): an exporter would fail on a number, long after the call that passed it
    return name, tuple(sorted((key, str(value)) for key, value in tags.items())) if tags else ()


def _checked(name: str, value: float, *, negative_allowed: bool) -> float:
    value = float(value)
    if not math.isfinite(value) or (value < 0 and not negative_allowed):
        expected = "a finite number" if negative_allowed else "a finite number that is not negative"
        raise MetricError(name, f"expected {expected}, got {value!r}")
    return value
