"""Our numbers as Airflow's own metrics."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
from airflow.sdk._shared.observability.metrics.statsd_logger import get_statsd_logger
from airflow.sdk.observability import stats
from statsd import StatsClient

from airflow_ppf.hooks.pipeline import PipelineHook
from airflow_ppf.reporting.stats_registry import StatsRegistry
from ppf_core.config import HooksConfig, MetricsHooksConfig, MetricsRegistryKind
from tests.support.pipelines import pipeline, step

Sent = list[tuple[str, str, float, dict[str, str]]]


class Backend:
    """Stands in for StatsD, Datadog or OpenTelemetry, and keeps what Airflow hands on to it."""

    def __init__(self) -> None:
        self.sent: Sent = []

    def incr(self, stat: str, count: float = 1, **more: Any) -> None:
        self.sent.append(("incr", stat, count, more.get("tags", {})))

    def gauge(self, stat: str, value: float, **more: Any) -> None:
        self.sent.append(("gauge", stat, value, more.get("tags", {})))

    def timing(self, stat: str, dt: float, **more: Any) -> None:
        self.sent.append(("timing", stat, dt, more.get("tags", {})))


@pytest.fixture
def backend() -> Iterator[Backend]:
    """Replace the backend of Airflow's metrics."""
    backend = Backend()
    stats.initialize(factory=lambda: backend, export_legacy_names=False)  # type: ignore[arg-type, return-value] # all that is used of a backend
    yield backend
    stats.initialize(factory=NoStatsLogger, export_legacy_names=True)


def test_each_kind_of_number_reaches_airflows_metrics(backend: Backend) -> None:
    registry = StatsRegistry()
    registry.counter("ppf.c", 2, {"component": "a"})
    registry.counter("ppf.c", 0.5)
    registry.gauge("ppf.g", -1.5)
    registry.timer("ppf.t", 120, {"component": "a"})
    assert backend.sent == [
        ("incr", "ppf.c", 2, {"component": "a"}),
        ("incr", "ppf.c", 0.5, {}),
        ("gauge", "ppf.g", -1.5, {}),
        ("timing", "ppf.t", 120, {"component": "a"}),
    ]


def test_names_and_tags_are_such_as_airflow_allows(backend: Backend) -> None:
    StatsRegistry().gauge("größe von x", 1, {"a=b": "c,d e" + "x" * 100})
    assert backend.sent == [("gauge", "gr__e_von_x", 1, {"a_b": "c_d_e" + "x" * 75})]


def test_without_airflows_metrics_nothing_happens() -> None:
    registry = StatsRegistry()
    registry.counter("c")
    assert registry.get_metrics()["counters"] == [{"name": "c", "tags": {}, "value": 1.0}]


def test_a_run_in_a_task_is_measured_by_airflow(backend: Backend) -> None:
    PipelineHook().run(pipeline(step("a"), step("b", config={"failures": 1})))
    assert [(kind, stat, tags) for kind, stat, _, tags in backend.sent] == [
        ("gauge", "ppf.pipeline.components", {"pipeline": "p"}),
        ("timing", "ppf.component.duration", {"pipeline": "p", "component": "a"}),
        ("incr", "ppf.component.failures", {"pipeline": "p", "component": "b"}),
        ("timing", "ppf.pipeline.duration", {"pipeline": "p"}),
    ]


def test_statsd_gets_it_over_the_network_with_its_tags() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        client = get_statsd_logger(
            stats_class=StatsClient,
            host="127.0.0.1",
            port=receiver.getsockname()[1],
            prefix="airflow",
            influxdb_tags_enabled=True,
            statsd_influxdb_enabled=True,
        )
        stats.initialize(factory=lambda: client, export_legacy_names=False)  # type: ignore[arg-type, return-value] # as Airflow does
        try:
            StatsRegistry().timer("ppf.component.duration", 120, {"pipeline": "p", "component": "my step"})
            assert receiver.recv(1000) == (
                b"airflow.ppf.component.duration,pipeline=p,component=my_step:120.000000|ms"
            )
        finally:
            client.statsd.close()
            stats.initialize(factory=NoStatsLogger, export_legacy_names=True)


@pytest.mark.parametrize(
    "metrics",
    [MetricsHooksConfig(enabled=False), MetricsHooksConfig(registry=MetricsRegistryKind.OPENTELEMETRY)],
    ids=["off", "elsewhere"],
)
def test_a_pipeline_may_have_its_metrics_elsewhere_or_off(
    backend: Backend, metrics: MetricsHooksConfig
) -> None:
    PipelineHook().run(pipeline(step("a"), hooks=HooksConfig(metrics=metrics)))
    assert backend.sent == []
