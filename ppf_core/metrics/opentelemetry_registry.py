"""Metrics registry for OpenTelemetry."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from .errors import MissingExtraError
from .exported_names import ExportedNames
from .memory_registry import InMemoryRegistry

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram, MeterProvider
    from opentelemetry.metrics import _Gauge as Gauge

    from .registry import Tags
    from .snapshot import MetricsSnapshot

__all__ = ["OpenTelemetryRegistry"]


class OpenTelemetryRegistry:
    """Records through a meter named `ppf` of `meter_provider` (default: the global provider of the process).

    Counters and gauges are instruments of that kind, timers are histograms in milliseconds, and tags are attributes.
    Dotted names are kept; characters that OpenTelemetry does not allow become underscores. The provider decides when
    and where metrics are exported. It keeps no values that can be read back, so `get_metrics()` returns the values
    recorded through this object.

    Raises `MissingExtraError` without the package opentelemetry-api.
    """

    def __init__(self, meter_provider: MeterProvider | None = None) -> None:
        try:
            from opentelemetry.metrics import get_meter_provider
        except ImportError as error:
            raise MissingExtraError("OpenTelemetryRegistry", "opentelemetry") from error
        self._meter = (get_meter_provider() if meter_provider is None else meter_provider).get_meter("ppf")
        self._names = ExportedNames("OpenTelemetry")
        self._recorded = InMemoryRegistry()
        self._lock = threading.Lock()
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._timers: dict[str, Histogram] = {}

    def counter(self, name: str, value: float = 1.0, tags: Tags | None = None) -> None:
        """Add `value` to a counter."""
        exported = self._names.claim(name, _instrument_name(name))
        self._recorded.counter(name, value, tags)
        with self._lock:
            if name not in self._counters:
                self._counters[name] = self._meter.create_counter(exported)
        self._counters[name].add(value, _attributes(tags))

    def gauge(self, name: str, value: float, tags: Tags | None = None) -> None:
        """Set a gauge to `value`."""
        exported = self._names.claim(name, _instrument_name(name))
        self._recorded.gauge(name, value, tags)
        with self._lock:
            if name not in self._gauges:
                self._gauges[name] = self._meter.create_gauge(exported)
        self._gauges[name].set(value, _attributes(tags))

    def timer(self, name: str, duration_ms: float, tags: Tags | None = None) -> None:
        """Record a duration."""
        exported = self._names.claim(name, _instrument_name(name))
        self._recorded.timer(name, duration_ms, tags)
        with self._lock:
            if name not in self._timers:
                self._timers[name] = self._meter.create_histogram(exported, unit="ms")
        self._timers[name].record(duration_ms, _attributes(tags))

    def get_metrics(self) -> MetricsSnapshot:
        """Return the metrics recorded through this object."""
        return self._recorded.get_metrics()


def _instrument_name(name: str) -> str:
    """Adapt `name` to the syntax of instrument names: a letter, then letters, digits and `_.-/`, at most 255."""
    allowed = re.sub(r"[^a-zA-Z0-9_.\-/]", "_", name)
    return (allowed if re.match(r"[a-zA-Z]", allowed) else f"m{allowed}")[:255]


def _attributes(tags: Tags | None) -> dict[str, str]:
    return {tag: str(value) for tag, value in (tags or {}).items()}
