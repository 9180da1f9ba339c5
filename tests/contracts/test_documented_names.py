"""The documented API, written out by hand: names, where they are imported from, arguments, defaults and values.

Pipelines and hooks written against it must run unchanged, so nothing here is derived from the code. What is called has
the documented arguments, in this order and with these defaults. It may have more after them, as long as nobody has to
give them, and defaults where none are documented.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from enum import Enum
from typing import Any, Protocol

import pytest

from ppf_core.config import (
    CircuitBreakerConfig,
    ComponentConfig,
    ComponentType,
    DeployMode,
    Environment,
    HooksConfig,
    PipelineConfig,
    PipelineMode,
    RetryConfig,
    SparkConfig,
)

Arguments = str
"""Parameters of a function, as in its signature."""

# Each module: what it has, and the arguments of what is called; None for what is not.
MODULES: dict[str, dict[str, Arguments | None]] = {
    "ppf_core.runner.hooks": {
        "PipelineHooks": None,
        "NoOpHooks": "",
        "CompositeHooks": "*hooks",
    },
    "ppf_core.runner.hooks_builtin": {
        "LoggingHooks": "logger=None",
        "MetricsHooks": "clock=None, registry=None",
    },
    "ppf_core.runner.result": {
        "PipelineResultStatus": None,
        "ComponentResult": "component_name, success, duration_ms, error=None, retries=0",
        "PipelineResult": "status, pipeline_name, component_results=[], total_duration_ms=0",
    },
    "ppf_core.runner.simple_runner": {
        "SimplePipelineRunner": (
            "config, spark_wrapper=None, hooks=None, fail_fast=True, clock=None, "
            "sleep_func=None, validate_before_run=True"
        ),
    },
    "ppf_core.runner.checkpoint": {
        "PipelineConfigChangedError": "run_id, pipeline_name",
        "CheckpointState": (
            "run_id, pipeline_name, pipeline_fingerprint, completed_components=[], "
            "failed_component=None, status='in_progress', created_at='', updated_at=''"
        ),
        "CheckpointStore": None,
        "LocalCheckpointStore": "base_dir",
        "compute_pipeline_fingerprint": "config",
        "CheckpointHooks": "store, run_id, pipeline_fingerprint, now_func=None",
        "load_checkpoint_for_resume": "store, run_id, config",
    },
    "ppf_core.runner.quality_hooks": {
        "DataQualityError": "check_name, result",
        "DataQualityHooks": "spark_wrapper",
    },
    "ppf_core.runner.audit_hooks": {
        "AuditHooks": "sink, trace_id=None, now_fn=None",
    },
    "ppf_core.config": {
        "PipelineConfig": (
            "name, version, spark, components, environment='dev', "
            "mode='batch', hooks=HooksConfig(), secrets=None, tags={}"
        ),
        "ComponentConfig": (
            "name, component_type, class_path, config={}, depends_on=[], retry=None, "
            "circuit_breaker=None, resilience=None, enabled=True"
        ),
        "ComponentType": None,
        "Environment": None,
        "PipelineMode": None,
        "SparkConfig": (
            "app_name, master='local[*]', deploy_mode='client', driver_memory='2g', "
            "driver_cores=1, executor_memory='4g', executor_cores=2, num_executors=2, "
            "dynamic_allocation=False, spark_conf={}, connect_string=None"
        ),
        "RetryConfig": (
            "max_attempts=3, initial_delay_seconds=1.0, max_delay_seconds=60.0, "
            "backoff_multiplier=2.0, retry_on_exceptions=['Exception']"
        ),
        "CircuitBreakerConfig": "failure_threshold=5, success_threshold=2, timeout_seconds=60.0, half_open_max_calls=1",
        "ResiliencePolicy": "retry=None, circuit_breaker=None",
        "RESILIENCE_PRESETS": None,
        "HooksConfig": "logging, metrics, audit",
        "SecretsConfig": None,
        "load_from_file": "path, cls",
        "load_from_string": "text, cls",
        "load_from_env": "prefix, cls",
        "validate_pipeline": "config",
        "ValidationResult": "errors, warnings",
        "dry_run": "config",
        "DryRunResult": None,
    },
    "ppf_core.component": {
        "PipelineComponent": None,
        "DataFlow": None,
        "ConfigurableInstance": None,
        "Resource": None,
        "SchemaContract": None,
        "ComponentError": None,
        "ComponentInstantiationError": "class_path, cause",
        "ComponentExecutionError": "component_name, cause",
    },
    "ppf_core.loader": {
        "load_component_class": "class_path",
        "instantiate_component": "config",
        "validate_component_class": "class_path",
    },
    "ppf_core.resilience": {
        "CircuitBreaker": "config, name='default', on_state_change=None, clock=None",
        "CircuitState": None,
        "CircuitBreakerOpenError": "component_name, time_until_reset",
        "RetryExecutor": "config, jitter_factor=0.25, sleep_func=None",
        "with_retry": "config",
    },
    "ppf_core.quality": {
        "DataQualityCheck": (
            "name, timing, check_fn, component_name=None, failure_mode='fail_on_error', max_failures=0"
        ),
        "CheckResult": "check_name, passed, message, details=None",
        "CheckTiming": None,
        "FailureMode": None,
        "row_count_check": "table",
        "null_check": "table, columns",
        "unique_check": "table, columns",
        "range_check": "table, column",
        "schema_check": "table, schema",
        "custom_sql_check": "name, query",
    },
    "ppf_core.audit": {
        "AuditEvent": "action, actor, resource, status, timestamp, metadata, trace_id",
        "AuditAction": None,
        "AuditStatus": None,
        "AuditSink": None,
        "LoggingAuditSink": "",
        "FileAuditSink": "path",
        "CompositeAuditSink": "*sinks",
        "ConfigFilter": None,
    },
    "ppf_core.metrics": {
        "MeterRegistry": None,
        "InMemoryRegistry": "",
        "PrometheusRegistry": "",
        "OpenTelemetryRegistry": "",
    },
    "ppf_core.secrets": {
        "SecretsReference": "provider, key",
        "SecretsProvider": None,
        "SecretsResolver": "",
        "EnvSecretsProvider": "",
    },
    "ppf_core.schema": {
        "SchemaDefinition": None,
        "SchemaField": None,
        "DataType": None,
    },
    "ppf_core.session": {
        "SparkSessionWrapper": "config=None",
    },
}

METHODS: dict[str, dict[str, Arguments]] = {
    "ppf_core.runner.PipelineHooks": {
        "before_pipeline": "config",
        "after_pipeline": "config, result",
        "before_component": "config, index, total",
        "after_component": "config, index, total, duration_ms",
        "on_component_failure": "config, index, error",
        "on_retry_attempt": "config, attempt, max_attempts, delay_ms, error",
        "on_circuit_breaker_state_change": "component_name, old_state, new_state",
    },
    "ppf_core.runner.SimplePipelineRunner": {
        "from_file": "path, **kwargs",
        "run": "completed_components=None",
    },
    "ppf_core.runner.CheckpointStore": {
        "save": "state",
        "load": "run_id, pipeline_name",
        "delete": "run_id, pipeline_name",
        "exists": "run_id, pipeline_name",
    },
    "ppf_core.runner.DataQualityHooks": {"register": "check", "register_all": "checks"},
    "ppf_core.config.PipelineConfig": {"get_component": "name", "get_execution_order": ""},
    "ppf_core.config.SparkConfig": {"to_spark_conf_dict": ""},
    "ppf_core.component.PipelineComponent": {"run": ""},
    "ppf_core.component.DataFlow": {"set_spark_session": "spark"},
    "ppf_core.component.ConfigurableInstance": {"from_config": "config"},
    "ppf_core.component.Resource": {"open": "", "close": ""},
    "ppf_core.resilience.CircuitBreaker": {
        "call": "func",
        "record_success": "",
        "record_failure": "",
        "reset": "",
    },
    "ppf_core.resilience.RetryExecutor": {
        "execute": "func, on_retry=None",
        "calculate_delay": "attempt",
        "is_retryable": "error",
    },
    "ppf_core.audit.AuditSink": {"emit": "event"},
    "ppf_core.audit.ConfigFilter": {"scrub": "config"},
    "ppf_core.metrics.MeterRegistry": {
        "counter": "name, value=1.0, tags=None",
        "gauge": "name, value, tags",
        "timer": "name, duration_ms, tags",
        "get_metrics": "",
    },
    "ppf_core.secrets.SecretsProvider": {"get": "key"},
    "ppf_core.secrets.SecretsResolver": {
        "register": "name, provider",
        "resolve": "value",
    },
    "ppf_core.session.SparkSessionWrapper": {"set_spark_session": "spark", "stop": ""},
}

PROPERTIES = {
    "ppf_core.runner.LoggingHooks": ["logger"],
    "ppf_core.runner.MetricsHooks": ["registry"],
    "ppf_core.runner.PipelineResult": ["completed_components", "failed_components"],
    "ppf_core.runner.DataQualityHooks": ["checks", "results"],
    "ppf_core.config.ValidationResult": ["is_valid"],
    "ppf_core.component.PipelineComponent": ["name"],
    "ppf_core.component.DataFlow": ["name", "spark", "logger"],
    "ppf_core.resilience.CircuitBreaker": ["state", "time_until_reset"],
    "ppf_core.session.SparkSessionWrapper": ["spark", "spark_context", "is_connect_mode"],
}

ENUMS = {
    "ppf_core.runner.PipelineResultStatus": {
        "SUCCESS": "success",
        "PARTIAL_SUCCESS": "partial_success",
        "FAILURE": "failure",
    },
    "ppf_core.config.ComponentType": {
        "SOURCE": "source",
        "TRANSFORMATION": "transformation",
        "SINK": "sink",
    },
    "ppf_core.config.Environment": {"DEV": "dev", "STAGING": "staging", "PROD": "prod", "TEST": "test"},
    "ppf_core.config.PipelineMode": {"BATCH": "batch", "STREAMING": "streaming"},
    "ppf_core.quality.CheckTiming": {
        "BEFORE_PIPELINE": "before_pipeline",
        "AFTER_PIPELINE": "after_pipeline",
        "AFTER_COMPONENT": "after_component",
    },
    "ppf_core.quality.FailureMode": {
        "FAIL_ON_ERROR": "fail_on_error",
        "WARN_ONLY": "warn_only",
        "THRESHOLD": "threshold",
    },
    "ppf_core.audit.AuditAction": {
        "PIPELINE_STARTED": "pipeline_started",
        "PIPELINE_COMPLETED": "pipeline_completed",
        "COMPONENT_STARTED": "component_started",
        "COMPONENT_COMPLETED": "component_completed",
        "COMPONENT_FAILED": "component_failed",
        "COMPONENT_RETRIED": "component_retried",
        "CIRCUIT_BREAKER_CHANGED": "circuit_breaker_changed",
    },
    "ppf_core.audit.AuditStatus": {
        "SUCCESS": "success",
        "FAILURE": "failure",
        "RETRY": "retry",
        "WARNING": "warning",
    },
}

PROTOCOLS = [
    "ppf_core.runner.PipelineHooks",
    "ppf_core.runner.CheckpointStore",
    "ppf_core.component.ConfigurableInstance",
    "ppf_core.component.Resource",
    "ppf_core.component.SchemaContract",
    "ppf_core.metrics.MeterRegistry",
]

NAMES = [(module, name) for module, names in MODULES.items() for name in names]
CALLED = [
    pytest.param(f"{module}.{name}", arguments, id=f"{module}.{name}")
    for module, names in MODULES.items()
    for name, arguments in names.items()
    if arguments is not None
]
CALLED_METHODS = [
    pytest.param(cls, name, arguments, id=f"{cls}.{name}")
    for cls, methods in METHODS.items()
    for name, arguments in methods.items()
]


def imported(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def package_of(module: str) -> str:
    """Return the package that exports the names of a module: `ppf_core.runner` for `ppf_core.runner.hooks`."""
    return ".".join(module.split(".")[:2])


def default_of(thing: Any, parameter: inspect.Parameter) -> Any:
    """Return a parameter's default; for a factory of a dataclass, the value that it makes."""
    if dataclasses.is_dataclass(thing):
        pydantic = getattr(thing, "__pydantic_fields__", {}).get(parameter.name)
        if pydantic is not None:
            made = pydantic.get_default(call_default_factory=True)
            return made if parameter.default is not inspect.Parameter.empty else inspect.Parameter.empty
        field = next(field for field in dataclasses.fields(thing) if field.name == parameter.name)
        if field.default_factory is not dataclasses.MISSING:
            return field.default_factory()
    return parameter.default


def deviations(thing: Any, documented: Arguments, *, method: bool = False) -> list[str]:
    """Return how the arguments of `thing` differ from the documented arguments."""
    real = list(inspect.signature(thing).parameters.values())[1 if method else 0 :]
    wanted = list(inspect.signature(eval(f"lambda {documented}: ...")).parameters.values())  # noqa: S307 - written above
    wrong = []
    for position, parameter in enumerate(wanted):
        if position >= len(real) or real[position].name != parameter.name:
            got = real[position].name if position < len(real) else "none"
            wrong.append(f"argument {position}: expected {parameter.name}, got {got}")
            continue
        argument = real[position]
        if argument.kind is not parameter.kind:
            wrong.append(
                f"{argument.name}: expected {parameter.kind.description}, got {argument.kind.description}"
            )
        default = default_of(thing, argument)
        if parameter.default is not inspect.Parameter.empty and default != parameter.default:
            wrong.append(f"{argument.name}: expected the default {parameter.default!r}, got {default!r}")
    for further in real[len(wanted) :]:
        variadic = further.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        if further.default is inspect.Parameter.empty and not variadic:
            wrong.append(f"{further.name}: expected a default, since it is undocumented, got none")
    return wrong


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_a_name_is_in_its_module_and_passed_on_by_its_package(module: str, name: str) -> None:
    package = importlib.import_module(package_of(module))
    assert imported(f"{module}.{name}") is getattr(package, name)
    assert name in package.__all__


@pytest.mark.parametrize(("path", "documented"), CALLED)
def test_arguments_are_as_documented(path: str, documented: Arguments) -> None:
    assert deviations(imported(path), documented) == []


@pytest.mark.parametrize(("cls", "name", "documented"), CALLED_METHODS)
def test_methods_are_as_documented(cls: str, name: str, documented: Arguments) -> None:
    method = getattr(imported(cls), name)
    assert (
        deviations(method, documented, method=inspect.isfunction(method) and not is_static(cls, name)) == []
    )


def is_static(cls: str, name: str) -> bool:
    return isinstance(inspect.getattr_static(imported(cls), name), staticmethod)


@pytest.mark.parametrize("cls", PROPERTIES)
def test_properties_are_as_documented(cls: str) -> None:
    assert [name for name in PROPERTIES[cls] if not isinstance(getattr(imported(cls), name), property)] == []


@pytest.mark.parametrize("path", ENUMS)
def test_enums_have_the_documented_values_and_are_texts(path: str) -> None:
    enum: type[Enum] = imported(path)
    assert {name: member.value for name, member in enum.__members__.items()} == ENUMS[path]
    assert issubclass(enum, str)


def test_a_circuit_has_three_states() -> None:
    assert list(imported("ppf_core.resilience.CircuitState").__members__) == ["CLOSED", "OPEN", "HALF_OPEN"]


@pytest.mark.parametrize("path", PROTOCOLS)
def test_protocols_are_protocols(path: str) -> None:
    assert issubclass(imported(path), Protocol)  # type: ignore[arg-type]
    assert imported(path)._is_protocol


def test_hooks_are_not_recognised_by_isinstance() -> None:
    with pytest.raises(TypeError):
        isinstance(object(), imported("ppf_core.runner.PipelineHooks"))


def test_callbacks_return_nothing() -> None:
    hooks = imported("ppf_core.runner.PipelineHooks")
    for name in METHODS["ppf_core.runner.PipelineHooks"]:
        assert inspect.signature(getattr(hooks, name)).return_annotation == "None"


def test_hooks_have_the_seven_documented_callbacks_and_no_others() -> None:
    hooks = imported("ppf_core.runner.PipelineHooks")
    public = {name for name in vars(hooks) if not name.startswith("_")}
    assert public == set(METHODS["ppf_core.runner.PipelineHooks"])


def test_metrics_are_attributes_that_begin_empty() -> None:
    metrics = imported("ppf_core.runner.MetricsHooks")()
    assert (metrics.component_durations, metrics.component_retries, metrics.total_duration_ms) == ({}, {}, 0)


def test_further_arguments_of_the_runner_are_by_keyword_only() -> None:
    parameters = list(inspect.signature(imported("ppf_core.runner.SimplePipelineRunner")).parameters.values())
    assert {parameter.kind for parameter in parameters[7:]} == {inspect.Parameter.KEYWORD_ONLY}


def test_configs_are_made_by_position_in_the_documented_order() -> None:
    spark = SparkConfig(
        "app", "local[2]", DeployMode.CLUSTER, "1g", 2, "3g", 4, 5, True, {"a": "b"}, "sc://h"
    )
    retry, breaker = RetryConfig(2, 0.5, 9.0, 3.0, ["OSError"]), CircuitBreakerConfig(1, 2, 3.0, 4)
    component = ComponentConfig("a", ComponentType.SINK, "m.A", {"k": 1}, ["b"], retry, breaker, None, False)
    config = PipelineConfig(
        "p",
        "1",
        spark,
        [component],
        Environment.PROD,
        PipelineMode.STREAMING,
        HooksConfig(),
        None,
        {"t": "x"},
    )
    assert (spark.dynamic_allocation, spark.connect_string) == (True, "sc://h")
    assert (retry.retry_on_exceptions, breaker.half_open_max_calls) == (["OSError"], 4)
    assert (component.retry, component.circuit_breaker, component.enabled) == (retry, breaker, False)
    assert (config.environment, config.mode, config.tags) == (
        Environment.PROD,
        PipelineMode.STREAMING,
        {"t": "x"},
    )


def test_the_schema_of_a_component_is_declared_by_two_class_methods() -> None:
    contract = imported("ppf_core.component.SchemaContract")
    for name in ("input_schemas", "output_schemas"):
        assert deviations(getattr(contract, name), "config") == []
