"""Metrics registry for Prometheus, to scrape or to push to its gateway."""

from __future__ import annotations

import re
import threading
from itertools import groupby
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .errors import MissingExtraError
from .exported_names import ExportedNames
from .memory_registry import InMemoryRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

    from .registry import Tags
    from .snapshot import MetricsSnapshot, TimerValue, Value

__all__ = ["PrometheusRegistry"]

SYSTEM = "Prometheus"


class PrometheusRegistry:
    """Records into a `prometheus_client` registry (default: the library's global registry).

    Names follow Prometheus' rules (prometheus.io/docs/practices/naming): dots become underscores, a counter
    `ppf.component.failures` is `ppf_component_failures_total`, a timer `ppf.component.duration` is the
    summary `ppf_component_duration_seconds` (`_count` and `_sum`, in seconds). All series of a metric
    have the same labels: a missing tag is an empty label. Two names with the same exported name are a
    `MetricError`.

    All objects of this class on the same `registry` share their metrics, so a long-lived process may create an object
    for each run. Values are collected when Prometheus scrapes them, which prometheus_client's multi-process mode does
    not support.

    Raises `MissingExtraError` without the package prometheus-client.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        try:
            from prometheus_client import REGISTRY
        except ImportError as error:
            raise MissingExtraError("PrometheusRegistry", "prometheus") from error
        self._collector = _collector_of(REGISTRY if registry is None else registry)

    def counter(self, name: str, value: float = 1.0, tags: Tags | None = None) -> None:
        """Add `value` to a counter."""
        self._collector.claim(name, _counter_name(name), tags)
        self._collector.numbers.counter(name, value, tags)

    def gauge(self, name: str, value: float, tags: Tags | None = None) -> None:
        """Set a gauge to `value`."""
        self._collector.claim(name, _metric_name(name), tags)
        self._collector.numbers.gauge(name, value, tags)

    def timer(self, name: str, duration_ms: float, tags: Tags | None = None) -> None:
        """Record a duration."""
        self._collector.claim(name, _timer_name(name), tags)
        self._collector.numbers.timer(name, duration_ms, tags)

    def get_metrics(self) -> MetricsSnapshot:
        """Return the recorded metrics under their dotted names, in milliseconds."""
        return self._collector.numbers.get_metrics()

    def exposition(self) -> str:
        """Return the recorded metrics in Prometheus' text format, for a file of the node exporter."""
        from prometheus_client import CollectorRegistry, generate_latest

        registry = CollectorRegistry()  # separate: the shared registry may have other collectors
        registry.register(self._collector)
        return generate_latest(registry).decode()


class _Collector:
    """Converts the metrics to Prometheus' metric families when the registry collects them."""

    def __init__(self) -> None:
        self.numbers = InMemoryRegistry()
        self._metrics = ExportedNames(SYSTEM)
        self._labels = ExportedNames(SYSTEM)

    def claim(self, name: str, exported: str, tags: Tags | None) -> None:
        self._metrics.claim(name, exported)
        for tag in tags or ():
            self._labels.claim(tag, _label_name(tag))

    def describe(self) -> Iterator[Metric]:
        """Return nothing: the names are not known when the collector is registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily

        snapshot = self.numbers.get_metrics()
        for name, values, labels in _by_name(snapshot["counters"]):
            counters = CounterMetricFamily(_counter_name(name), _help(name), labels=_label_names(labels))
            for value in values:
                counters.add_metric(_label_values(value, labels), value["value"])
            yield counters
        for name, values, labels in _by_name(snapshot["gauges"]):
            gauges = GaugeMetricFamily(_metric_name(name), _help(name), labels=_label_names(labels))
            for value in values:
                gauges.add_metric(_label_values(value, labels), value["value"])
            yield gauges
        for name, timers, labels in _by_name(snapshot["timers"]):
            summaries = SummaryMetricFamily(_timer_name(name), _help(name), labels=_label_names(labels))
            for timer in timers:
                summaries.add_metric(_label_values(timer, labels), timer["count"], timer["total_ms"] / 1000)
            yield summaries


_collectors: WeakKeyDictionary[CollectorRegistry, _Collector] = WeakKeyDictionary()
_collectors_lock = threading.Lock()


def _collector_of(registry: CollectorRegistry) -> _Collector:
    """Return the collector on `registry`; a second collector would report the same families twice."""
    with _collectors_lock:
        collector = _collectors.get(registry)
        if collector is None:
            collector = _collectors[registry] = _Collector()
            registry.register(collector)
        return collector


def _by_name(values: list[Any]) -> Iterator[tuple[str, list[Any], list[str]]]:
    """Yield the sorted `values` of each name, with all tags of its series."""
    for name, group in groupby(values, key=lambda value: value["name"]):
        series = list(group)
        yield name, series, sorted({tag for value in series for tag in value["tags"]})


def _label_values(value: Value | TimerValue, tags: list[str]) -> list[str]:
    return [value["tags"].get(tag, "") for tag in tags]


def _label_names(tags: list[str]) -> list[str]:
    return [_label_name(tag) for tag in tags]


def _metric_name(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_:]|^(?=\d|$)", "_", name)


def _counter_name(name: str) -> str:
    # prometheus_client appends the suffix `_total` to each counter
    return _metric_name(re.sub(r"(_total)+$", "", _metric_name(name)))


def _timer_name(name: str) -> str:
    return f"{_metric_name(name).removesuffix('_seconds')}_seconds"


def _label_name(tag: str) -> str:
    # Prometheus reserves two leading underscores
    return re.sub(r"^__+", "_", re.sub(r"[^a-zA-Z0-9_]|^(?=\d|$)", "_", tag))


def _help(name: str) -> str:
    return f"{name} of ppf"
