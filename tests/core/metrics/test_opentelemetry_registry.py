from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from ppf_core.metrics import MetricError, MissingExtraError, OpenTelemetryRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def reader() -> InMemoryMetricReader:
    return InMemoryMetricReader()


@pytest.fixture
def provider(reader: InMemoryMetricReader) -> Iterator[MeterProvider]:
    provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    yield provider
    provider.shutdown()


def exported(reader: InMemoryMetricReader) -> dict[str, Any]:
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name: metric
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_counters_gauges_and_timers_reach_the_provider(
    provider: MeterProvider, reader: InMemoryMetricReader
) -> None:
    registry = OpenTelemetryRegistry(provider)
    registry.counter("ppf.component.failures", 2, {"component": "a"})
    registry.gauge("ppf.pipeline.components", 8)
    registry.timer("ppf.component.duration", 1500)
    registry.timer("ppf.component.duration", 500)
    metrics = exported(reader)
    (failures,) = metrics["ppf.component.failures"].data.data_points
    (components,) = metrics["ppf.pipeline.components"].data.data_points
    (durations,) = metrics["ppf.component.duration"].data.data_points
    assert (failures.value, dict(failures.attributes)) == (2, {"component": "a"})
    assert components.value == 8
    assert (durations.count, durations.sum, metrics["ppf.component.duration"].unit) == (2, 2000, "ms")


def test_two_registries_on_one_provider_share_its_instruments(
    provider: MeterProvider, reader: InMemoryMetricReader, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        registry = OpenTelemetryRegistry(provider)
        registry.counter("c")
        registry.timer("t", 1)
        registry.gauge("g", 1)
    (point,) = exported(reader)["c"].data.data_points
    assert point.value == 2
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("name", "instrument"),
    [("a b", "a_b"), ("1.rows", "m1.rows"), ("ä", "m_"), ("x" * 300, "x" * 255), ("", "m")],
    ids=["space", "digit", "umlaut", "long", "empty"],
)
def test_a_name_that_opentelemetry_refuses_is_changed(
    provider: MeterProvider, reader: InMemoryMetricReader, name: str, instrument: str
) -> None:
    registry = OpenTelemetryRegistry(provider)
    registry.counter(name)
    assert list(exported(reader)) == [instrument]
    assert registry.get_metrics()["counters"][0]["name"] == name


def test_two_names_that_would_become_one_are_refused(provider: MeterProvider) -> None:
    registry = OpenTelemetryRegistry(provider)
    registry.counter("a b")
    with pytest.raises(MetricError, match="'a_b' in OpenTelemetry, and so is 'a b'"):
        registry.counter("a_b")


def test_without_a_provider_the_global_provider_is_used_and_the_record_is_kept() -> None:
    registry = OpenTelemetryRegistry()
    registry.counter("c")
    assert registry.get_metrics()["counters"] == [{"name": "c", "tags": {}, "value": 1.0}]


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'airflow-provider-ppf\[opentelemetry\]'"):
        OpenTelemetryRegistry()
