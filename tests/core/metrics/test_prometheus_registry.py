from __future__ import annotations

import gc
import sys
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY, CollectorRegistry, Counter, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from ppf_core.metrics import MetricError, MissingExtraError, PrometheusRegistry


@pytest.fixture
def scraped() -> CollectorRegistry:
    return CollectorRegistry()


def lines(registry: CollectorRegistry) -> list[str]:
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("# HELP")]


def test_names_kinds_and_units_follow_prometheus_rules(scraped: CollectorRegistry) -> None:
    registry = PrometheusRegistry(scraped)
    registry.counter("ppf.component.failures", 2, {"component": "a"})
    registry.gauge("ppf.pipeline-components", 8)
    registry.timer("ppf.component.duration", 1500, {"component": "a"})
    registry.timer("ppf.component.duration", 500, {"component": "a"})
    assert lines(scraped) == [
        "# TYPE ppf_component_failures_total counter",
        'ppf_component_failures_total{component="a"} 2.0',
        "# TYPE ppf_pipeline_components gauge",
        "ppf_pipeline_components 8.0",
        "# TYPE ppf_component_duration_seconds summary",
        'ppf_component_duration_seconds_count{component="a"} 2.0',
        'ppf_component_duration_seconds_sum{component="a"} 2.0',
    ]


def test_suffixes_that_a_name_has_already_are_not_doubled(scraped: CollectorRegistry) -> None:
    registry = PrometheusRegistry(scraped)
    registry.counter("rows.total")
    registry.timer("wait_seconds", 1000)
    assert lines(scraped) == [
        "# TYPE rows_total counter",
        "rows_total 1.0",
        "# TYPE wait_seconds summary",
        "wait_seconds_count 1.0",
        "wait_seconds_sum 1.0",
    ]


def test_all_series_of_a_metric_have_the_same_labels(scraped: CollectorRegistry) -> None:
    registry = PrometheusRegistry(scraped)
    registry.counter("c", tags={"a": "1"})
    registry.counter("c", tags={"b": "2"})
    assert lines(scraped)[1:] == ['c_total{a="1",b=""} 1.0', 'c_total{a="",b="2"} 1.0']


def test_registries_on_one_collector_registry_are_one(scraped: CollectorRegistry) -> None:
    PrometheusRegistry(scraped).counter("c")
    PrometheusRegistry(scraped).counter("c")
    assert lines(scraped) == ["# TYPE c_total counter", "c_total 2.0"]
    assert PrometheusRegistry(scraped).get_metrics()["counters"] == [{"name": "c", "tags": {}, "value": 2.0}]


def test_the_text_holds_our_numbers_and_no_others(scraped: CollectorRegistry) -> None:
    Counter("foreign", "of somebody else", registry=scraped).inc()
    registry = PrometheusRegistry(scraped)
    registry.counter("ours")
    assert (
        registry.exposition() == "# HELP ours_total ours of ppf\n# TYPE ours_total counter\nours_total 1.0\n"
    )


def test_the_global_registry_is_the_default() -> None:
    PrometheusRegistry().gauge("ppf.test.of.the.default.registry", 4)
    assert REGISTRY.get_sample_value("ppf_test_of_the_default_registry") == 4


def test_a_collector_registry_that_is_dropped_is_not_kept_alive() -> None:
    scraped = CollectorRegistry()
    PrometheusRegistry(scraped).counter("c")
    alive = weakref.ref(scraped)
    del scraped
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize(
    ("first", "second"),
    [("a.b", "a_b"), ("a.b", "a-b"), ("rows", "rows_total"), ("1a", "_1a")],
)
def test_two_names_that_would_become_one_are_refused(
    scraped: CollectorRegistry, first: str, second: str
) -> None:
    registry = PrometheusRegistry(scraped)
    registry.counter(first)
    with pytest.raises(MetricError, match=f"Prometheus.*'{first}'; rename"):
        registry.counter(second)
    assert [counter["name"] for counter in registry.get_metrics()["counters"]] == [first]


def test_two_tags_that_would_become_one_are_refused(scraped: CollectorRegistry) -> None:
    with pytest.raises(MetricError, match="'to_state' in Prometheus, and so is 'to-state'"):
        PrometheusRegistry(scraped).counter("c", tags={"to-state": "a", "to_state": "b"})


NAMES = st.text(max_size=8) | st.sampled_from(["", "_total", "a_total_total", "__a", "9"])


@given(
    st.dictionaries(
        NAMES, st.tuples(st.dictionaries(NAMES, NAMES, max_size=2), st.integers(0, 9)), max_size=4
    )
)
def test_whatever_is_recorded_can_be_scraped(recorded: dict[str, tuple[dict[str, str], int]]) -> None:
    scraped = CollectorRegistry()
    registry = PrometheusRegistry(scraped)
    for name, (tags, value) in recorded.items():
        try:
            registry.counter(name, value, tags)
        except MetricError as error:
            assert "rename one" in str(error)  # noqa: PT017 - a refusal is as good as a record
    parsed = [
        sample.value
        for family in text_string_to_metric_families(generate_latest(scraped).decode())
        for sample in family.samples
    ]
    assert sorted(parsed) == sorted(counter["value"] for counter in registry.get_metrics()["counters"])


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'airflow-provider-ppf\[prometheus\]'"):
        PrometheusRegistry()
