"""Metrics of a run: counters, gauges and timers, in memory or exported to Prometheus or OpenTelemetry."""

from __future__ import annotations

from .errors import MetricError, MissingExtraError
from .memory_registry import InMemoryRegistry
from .opentelemetry_registry import OpenTelemetryRegistry
from .prometheus_registry import PrometheusRegistry
from .registry import MeterRegistry, Tags
from .snapshot import MetricsSnapshot, TimerValue, Value

__all__ = [
    "InMemoryRegistry",
    "MeterRegistry",
    "MetricError",
    "MetricsSnapshot",
    "MissingExtraError",
    "OpenTelemetryRegistry",
    "PrometheusRegistry",
    "Tags",
    "TimerValue",
    "Value",
]
