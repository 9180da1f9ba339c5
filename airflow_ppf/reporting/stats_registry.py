"""Metrics registry that records into Airflow's metrics: StatsD, Datadog or OpenTelemetry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from airflow.sdk.observability import stats

from ppf_core.metrics import InMemoryRegistry

if TYPE_CHECKING:
    from ppf_core.metrics import MetricsSnapshot, Tags

__all__ = ["StatsRegistry"]

_LONGEST_NAME = 200
_LONGEST_TAG = 80


class StatsRegistry:
    """Metrics registry that records into the backend that Airflow's section `[metrics]` configures.

    Names are unchanged except for Airflow's prefix: `airflow.ppf.component.duration`. Characters that Airflow does not
    allow in a name or tag become underscores. Plain StatsD has no tags, so all series of a metric are merged there,
    unless `[metrics] statsd_influxdb_enabled` is set. Without Airflow's metrics nothing is sent.

    Airflow's metrics cannot be read back, so `get_metrics()` returns what was recorded through this object.
    """

    def __init__(self) -> None:
        self._recorded = InMemoryRegistry()

    def counter(self, name: str, value: float = 1.0, tags: Tags | None = None) -> None:
        """Add `value` to a counter."""
        self._recorded.counter(name, value, tags)
        # A whole number if possible, since StatsD servers accept no fractions.
        stats.incr(_name(name), int(value) if value == int(value) else value, tags=_tags(tags))  # type: ignore[arg-type]  # all of Airflow's backends accept fractions

    def gauge(self, name: str, value: float, tags: Tags | None = None) -> None:
        """Set a gauge to `value`."""
        self._recorded.gauge(name, value, tags)
        stats.gauge(_name(name), value, tags=_tags(tags))

    def timer(self, name: str, duration_ms: float, tags: Tags | None = None) -> None:
        """Record a duration."""
        self._recorded.timer(name, duration_ms, tags)
        stats.timing(_name(name), duration_ms, tags=_tags(tags))

    def get_metrics(self) -> MetricsSnapshot:
        """Return what was recorded through this object."""
        return self._recorded.get_metrics()


def _name(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_.\-]", "_", name)[:_LONGEST_NAME]


def _tags(tags: Tags | None) -> dict[str, str]:
    # In InfluxDB's form of StatsD, tags are part of the name: Airflow allows the same characters in them, and at most
    # 250 for name and tags together.
    return {_name(tag): _name(str(value))[:_LONGEST_TAG] for tag, value in (tags or {}).items()}
