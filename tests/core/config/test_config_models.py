"""The models of a pipeline file: what they hold, by default and under Spark's names."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import ppf_core.config
from ppf_core.config import (
    CIRCUIT_BREAKER_PRESETS,
    RESILIENCE_PRESETS,
    RETRY_PRESETS,
    CircuitBreakerConfig,
    ComponentConfig,
    ComponentType,
    Environment,
    PipelineConfig,
    PipelineMode,
    QualityCheckConfig,
    ResiliencePolicy,
    RetryConfig,
    SparkConfig,
    parse_duration,
    presets,
)

CONTRACT = {
    PipelineConfig: "name version spark components environment mode hooks secrets tags",
    ComponentConfig: "name component_type class_path config depends_on retry circuit_breaker resilience enabled",
    SparkConfig: "app_name master deploy_mode driver_memory driver_cores executor_memory executor_cores num_executors "
    "dynamic_allocation spark_conf connect_string",
    RetryConfig: "max_attempts initial_delay_seconds max_delay_seconds backoff_multiplier retry_on_exceptions",
    CircuitBreakerConfig: "failure_threshold success_threshold timeout_seconds half_open_max_calls",
    ResiliencePolicy: "retry circuit_breaker",
}


@pytest.mark.parametrize("model", CONTRACT, ids=lambda model: model.__name__)
def test_fields_come_in_the_documented_order(model: Any) -> None:
    documented = CONTRACT[model].split()
    assert [field.name for field in dataclasses.fields(model)][: len(documented)] == documented


def test_defaults_are_as_documented() -> None:
    assert dataclasses.astuple(RetryConfig()) == (3, 1.0, 60.0, 2.0, ["Exception"])
    assert dataclasses.astuple(CircuitBreakerConfig()) == (5, 2, 60.0, 1)
    assert dataclasses.astuple(SparkConfig("a"))[:11] == (
        "a", "local[*]", "client", "2g", 1, "4g", 2, 2, False, {}, None,
    )  # fmt: skip
    pipeline = PipelineConfig("p", "1", SparkConfig("p"), [])
    assert (pipeline.environment, pipeline.mode) == (Environment.DEV, PipelineMode.BATCH)
    assert (pipeline.secrets, pipeline.tags, pipeline.execution.fail_fast) == (None, {}, True)
    component = ComponentConfig("c", ComponentType.SOURCE, "m.C")
    assert (component.config, component.depends_on, component.enabled, component.outputs) == (
        {},
        [],
        True,
        [],
    )


def test_models_are_frozen_and_can_be_replaced_and_pickled() -> None:
    pipeline = PipelineConfig("p", "1", SparkConfig("p"), [ComponentConfig("c", ComponentType.SOURCE, "m.C")])
    pipeline.get_component("c")
    with pytest.raises(dataclasses.FrozenInstanceError):
        pipeline.name = "q"  # type: ignore[misc]
    assert dataclasses.replace(pipeline, name="q").name == "q"
    assert pickle.loads(pickle.dumps(pipeline)) == pipeline  # noqa: S301 - our own bytes


def test_replacing_the_components_forgets_the_old_names() -> None:
    pipeline = PipelineConfig("p", "1", SparkConfig("p"), [ComponentConfig("c", ComponentType.SOURCE, "m.C")])
    pipeline.get_component("c")
    other = dataclasses.replace(pipeline, components=[ComponentConfig("d", ComponentType.SOURCE, "m.D")])
    assert other.get_component("d").class_path == "m.D"


def test_defaults_are_not_shared() -> None:
    first, second = (ComponentConfig(name, ComponentType.SOURCE, "m.C") for name in "ab")
    first.config["x"] = 1
    assert second.config == {}


def test_spark_settings_come_under_sparks_own_names() -> None:
    assert SparkConfig("flights").to_spark_conf_dict() == {
        "spark.app.name": "flights",
        "spark.master": "local[*]",
        "spark.submit.deployMode": "client",
        "spark.driver.memory": "2g",
        "spark.driver.cores": "1",
        "spark.executor.memory": "4g",
        "spark.executor.cores": "2",
        "spark.executor.instances": "2",
    }


def test_with_dynamic_allocation_the_number_of_executors_is_where_it_starts() -> None:
    conf = SparkConfig("f", num_executors=7, dynamic_allocation=True).to_spark_conf_dict()
    assert conf["spark.dynamicAllocation.enabled"] == "true"
    assert conf["spark.dynamicAllocation.initialExecutors"] == "7"
    assert "spark.executor.instances" not in conf


def test_spark_conf_wins_over_the_other_fields() -> None:
    conf = SparkConfig("f", driver_memory="2g", spark_conf={"spark.driver.memory": "9g"}).to_spark_conf_dict()
    assert conf["spark.driver.memory"] == "9g"


def test_a_connect_server_gets_no_master_and_no_sizes() -> None:
    config = SparkConfig(
        "f", connect_string="sc://host:15002", spark_conf={"spark.sql.ansi.enabled": "false"}
    )
    assert config.to_spark_conf_dict() == {
        "spark.app.name": "f",
        "spark.remote": "sc://host:15002",
        "spark.sql.ansi.enabled": "false",
    }


def test_a_block_of_its_own_wins_over_resilience() -> None:
    own = RetryConfig(max_attempts=9)
    policy = RESILIENCE_PRESETS["standard"]
    component = ComponentConfig("c", ComponentType.SOURCE, "m.C", retry=own, resilience=policy)
    assert component.effective_retry == own
    assert component.effective_circuit_breaker == policy.circuit_breaker
    other = ComponentConfig(
        "c", ComponentType.SOURCE, "m.C", circuit_breaker=CircuitBreakerConfig(9), resilience=policy
    )
    assert other.effective_retry == policy.retry
    assert other.effective_circuit_breaker == CircuitBreakerConfig(9)


def test_without_any_block_nothing_is_tried_again() -> None:
    component = ComponentConfig("c", ComponentType.SOURCE, "m.C")
    assert component.effective_retry is None
    assert component.effective_circuit_breaker is None


def test_every_preset_is_documented_with_its_figures() -> None:
    table = presets.__doc__ or ""
    rows = {
        tuple(cell.strip(" `") for cell in line.strip("|").split("|"))
        for line in table.splitlines()
        if "|" in line
    }

    def shown(seconds: float) -> str:
        return f"{seconds:g} s"

    for name, retry in RETRY_PRESETS.items():
        waits = [
            shown(retry.initial_delay_seconds),
            shown(retry.max_delay_seconds),
            f"{retry.backoff_multiplier:g}",
        ]
        figures = waits if retry.max_attempts > 1 else ["-", "-", "-"]
        assert (name, str(retry.max_attempts), *figures) in rows
    for name, each in CIRCUIT_BREAKER_PRESETS.items():
        successes = f"{each.success_threshold} success{'es' if each.success_threshold > 1 else ''}"
        failures = f"{each.failure_threshold} failures"
        assert (name, failures, successes, shown(each.timeout_seconds), str(each.half_open_max_calls)) in rows
    for name, policy in RESILIENCE_PRESETS.items():
        retry_name = next(key for key, value in RETRY_PRESETS.items() if value == policy.retry)
        breaker_name = next(
            key for key, value in CIRCUIT_BREAKER_PRESETS.items() if value == policy.circuit_breaker
        )
        assert (name, retry_name, breaker_name) in rows


def test_standard_presets_are_the_defaults() -> None:
    assert RETRY_PRESETS["standard"] == RetryConfig()
    assert CIRCUIT_BREAKER_PRESETS["standard"] == CircuitBreakerConfig()


def test_a_wrong_value_in_python_is_an_error_too() -> None:
    with pytest.raises(ValidationError):
        RetryConfig(max_attempts=0)
    with pytest.raises(ValidationError):
        RetryConfig(max_atempts=3)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("settings", "name", "timing"),
    [
        ({"type": "row_count", "table": "t", "min_rows": 1}, "row_count(t)", "after_pipeline"),
        ({"type": "nulls", "table": "t", "columns": ["a", "b"], "after": "c"}, "nulls(t: a, b)", "after_component"),
        ({"type": "range", "table": "t", "column": "a", "min": 0, "name": "n", "timing": "before_pipeline"},
         "n", "before_pipeline"),
        ({"type": "sql", "query": "select 1"}, "sql()", "after_pipeline"),
    ],
)  # fmt: skip
def test_a_check_has_a_name_and_a_time(settings: dict[str, Any], name: str, timing: str) -> None:
    check = QualityCheckConfig(**settings)
    assert (check.effective_name, check.effective_timing) == (name, timing)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (3, 3.0), (0.5, 0.5), ("3", 3.0), ("500 ms", 0.5), ("700ms", 0.7), ("10s", 10.0), ("5 minutes", 300.0),
        ("1.5 h", 5400.0), ("2 days", 172800.0), ("1w", 604800.0), ("10 us", 1e-5), ("7 nanoseconds", 7e-9),
    ],
)  # fmt: skip
def test_durations_are_read_as_hocon_means_them(written: object, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written", ["5 minuten", "ten seconds", "", "1 2 s", True, None, [], "inf", float("nan")]
)
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_duration(written)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([("ms", 1000), ("s", 1)]))
def test_a_duration_and_its_seconds_are_the_same(number: int, unit: tuple[str, int]) -> None:
    assert parse_duration(f"{number} {unit[0]}") == number / unit[1]


def test_all_is_sorted_and_whole() -> None:
    names = ppf_core.config.__all__
    assert names == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert all(hasattr(ppf_core.config, name) for name in names)
