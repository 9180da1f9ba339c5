"""Numbers for Airflow's own metrics."""

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
    """Records into whatever Airflow's section `[metrics]` sets up: StatsD, Datadog or OpenTelemetry.

    Names stay as they are, behind Airflow's prefix: `airflow.ppf.component.duration`. What Airflow does not allow in a
    name or tag becomes an underscore. StatsD alone knows no tags: there, all series of a metric are one, unless
    `[metrics] statsd_influxdb_enabled` is set. Without Airflow's metrics nothing is sent.

    Nothing can be read back from there, so `get_metrics()` tells what was recorded through this object.
    """

    def __init__(self) -> None:
        self._recorded = InMemoryRegistry()

    def counter(self, name: str, value: float = 1.0, tags: Tags | None = None) -> None:
        """Add `value`."""
        self._recorded.counter(name, value, tags)
        # Whole where it can be: StatsD's own servers take no fractions.
        stats.incr(_name(name), int(value) if value == int(value) else value, tags=_tags(tags))  # type: ignore[arg-type]  # all of Airflow's backends take fractions

    def gauge(self, name: str, value: float, tags: Tags | None = None) -> None:
        """Set to `value`."""
        self._recorded.gauge(name, value, tags)
        stats.gauge(_name(name), value, tags=_tags(tags))

    def timer(self, name: str, duration_ms: float, tags: Tags | None = None) -> None:
        """Record one duration."""
        self._recorded.timer(name, duration_ms, tags)
        stats.timing(_name(name), duration_ms, tags=_tags(tags))

    def get_metrics(self) -> MetricsSnapshot:
        """What was recorded so far through this object."""
        return self._recorded.get_metrics()


def _name(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_.\-]", "_", name)[:_LONGEST_NAME]


def _tags(tags: Tags | None) -> dict[str, str]:
    # In InfluxDB's form of StatsD tags are part of the name: Airflow allows them no other characters, and the whole
    # no more than 250 of them.
    return {_name(tag): _name(str(value))[:_LONGEST_TAG] for tag, value in (tags or {}).items()}
