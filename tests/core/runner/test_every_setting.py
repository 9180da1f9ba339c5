"""Settings of a pipeline: each is changed here, and something else has to change with it, else nobody reads it.

For every field of every config model there is a `Change` with the field's place in a pipeline. The pipeline is run
without the change and with it, and what can be seen of the two runs must differ. A new field needs a new entry.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import math
import re
import threading
from dataclasses import dataclass, field, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import ppf_core.config
from ppf_core.config import ConfigError, PipelineConfig, decode
from ppf_core.resilience import CircuitBreaker, CircuitBreakerOpenError
from ppf_core.runner import (
    CheckpointState,
    LocalCheckpointStore,
    NoOpHooks,
    PipelineConfigChangedError,
    RunOptions,
    SimplePipelineRunner,
    assemble,
    make_plan,
    static_checks,
)
from ppf_core.session import SparkSessionWrapper
from tests.support.completed import completed_components
from tests.support.components import EVENTS, ON_RUN, reset
from tests.support.hooks import Watcher
from tests.support.ticking_clock import Ticking

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

Tree = dict[str, Any]
Seen = dict[str, Any]


def component(name: str, *depends_on: str, kind: str = "transformation", **config: Any) -> Tree:
    return {
        "name": name,
        "component_type": kind,
        "class_path": "tests.support.components.Step",
        "depends_on": list(depends_on),
        "config": {"label": name, **config},
    }


BASE: Tree = {
    "name": "p",
    "version": "1",
    "spark": {"app_name": "app"},
    "components": [component("a", kind="source"), component("b", "a")],
}

# ---- What can be seen ----------------------------------------------------------------------------------------------


def the_whole_run(config: PipelineConfig, session: SparkSessionWrapper | None, log: Log) -> Seen:
    """Return all that is visible of a run, without random parts and times."""
    checked = static_checks(config)
    if checked.errors:
        return {"errors": checked.errors}
    clock, watcher, delays = Ticking(), Watcher(), []

    def sleep(seconds: float) -> None:
        clock.now += seconds
        # Jitter is at most a quarter: the power of ten is not its doing.
        delays.append(round(math.log10(seconds)) if seconds else "at once")

    assembly = assemble(config, spark_wrapper=session, hooks=watcher, options=RunOptions(run_id="r"))
    result = SimplePipelineRunner.assembled(assembly, clock=clock, sleep_func=sleep).run()
    assembly.close()
    registry = assembly.metrics and assembly.metrics.registry
    return {
        "warnings": checked.warnings,
        "spark": assembly.session.config.to_spark_conf_dict(),
        "plan of a second try": [
            (step.component.name, step.action, step.reason)
            for step in make_plan(config, completed_components({"a"}, {"a": ("v",)})).steps
        ],
        "what components did": list(EVENTS),
        "what hooks heard": watcher.names(),
        "delays": delays,
        "log": log.lines(),
        "status": result.status,
        "error": timeless(repr(result.error)),
        "components": [
            (
                component_result.component_name,
                component_result.success,
                timeless(repr(component_result.error)),
            )
            for component_result in result.component_results
        ],
        "checks": [
            (each.check_name, each.passed) for each in (assembly.quality.results if assembly.quality else ())
        ],
        "metrics": (type(registry).__name__, sorted(registry.get_metrics()) if registry else None),
        "files": {str(path): contents(path) for path in sorted(Path().rglob("*.*")) if path.is_file()},
    }


def timeless(text: str) -> str:
    """Return the text without durations, which may have jitter."""
    return re.sub(r"\d+(\.\d+)? (m?s)\b", r"some \2", text)


def contents(path: Path) -> Any:
    text = path.read_text()
    if path.suffix == ".audit":
        events = map(json.loads, text.splitlines())
        return [(event["action"], event["resource"], event["trace_id"]) for event in events]
    return "JSON" if text.startswith("{") else "text"


def two_calls_at_once(config: PipelineConfig, *_: object) -> Seen:
    """Return whether a half-open breaker lets a second call in during the first."""
    settings = config.components[0].circuit_breaker
    assert settings is not None
    breaker = CircuitBreaker(settings)
    for _failure in range(settings.failure_threshold):
        breaker.record_failure()
    try:
        return {"inner": breaker.call(lambda: breaker.call(lambda: "came through"))}
    except CircuitBreakerOpenError:
        return {"inner": "refused"}


def resuming_after_a_change(config: PipelineConfig, *_: object) -> Seen:
    """Resume a run whose checkpoint is from a pipeline of another structure."""
    LocalCheckpointStore(Path("kept")).save(CheckpointState("r", config.name, "of another structure"))
    try:
        return {
            "status": SimplePipelineRunner.assembled(assemble(config, options=RunOptions(run_id="r")))
            .run(resume=True)
            .status
        }
    except PipelineConfigChangedError:
        return {"status": "refused"}


def where_components_run(config: PipelineConfig, *_: object) -> Seen:
    """Return whether it runs in the thread of the pipeline or in another thread."""
    threads: list[str] = []
    ON_RUN.update(dict.fromkeys("ab", lambda: threads.append(threading.current_thread().name)))
    SimplePipelineRunner.assembled(assemble(config)).run()
    return {"threads": threads}


class Counter(NoOpHooks):
    """A hook that waits for reports of progress."""

    def __init__(self) -> None:
        self.events = [threading.Event(), threading.Event()]

    def on_component_progress(self, *_: object) -> None:
        next((event for event in self.events if not event.is_set()), self.events[0]).set()


def how_often_progress_is_reported(config: PipelineConfig, *_: object) -> Seen:
    """Return the number of reports within two seconds of a component, at most two."""
    hook = Counter()
    ON_RUN["a"] = lambda: [event.wait(1) for event in hook.events]  # type: ignore[assignment,return-value]  # nobody asks
    SimplePipelineRunner.assembled(assemble(config, hooks=hook)).run()
    return {"events": sum(event.is_set() for event in hook.events)}


def whether_a_place_is_missing(config: PipelineConfig, *_: object) -> Seen:
    """Return the error of a run that has to write, without a path to write to."""
    try:
        return {"status": SimplePipelineRunner.assembled(assemble(config)).run().status}
    except ConfigError as error:
        return {"error": str(error)}


def what_is_left(config: PipelineConfig, session: SparkSessionWrapper, _: object) -> Seen:
    """Return the files of a run that materialised its views, without the random parts of their names."""
    result = SimplePipelineRunner.assembled(
        assemble(config, spark_wrapper=session, options=RunOptions(run_id="r"))
    ).run()
    return {"status": result.status, "files": sorted(path.name for path in Path().rglob("*.json"))}


def what_executors_can_import(config: PipelineConfig, *_: object) -> Seen:
    """Return the code that was sent to the executors of this process's session."""
    return {"sent": len(SparkSessionWrapper(config.spark).spark_context.listFiles)}


# ---- What is changed -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A setting's place (a dotted path), its other value, and what else the pipeline says in both runs."""

    path: str
    value: Any
    given: Tree = field(default_factory=dict)
    seen: Callable[..., Seen] = the_whole_run
    on_spark: bool = False


FAILS = {"components.0.config.failures": 10}
FAILS_ONCE = {"components.0.config.failures": 1}
RETRY = {**FAILS, "components.0.retry": {}}
SLOWER_AND_SLOWER = {
    **FAILS,
    "components.0.retry": {"initial_delay_seconds": 10, "backoff_multiplier": 10, "max_delay_seconds": 1000},
}
BREAKER = {**FAILS, "components.0.retry": {"max_attempts": 6, "initial_delay_seconds": 0}}
AUDIT = {"hooks.audit": {"enabled": True, "sinks": ["file"], "path": "one.audit", "trace_id": "t"}}
GREETER = {"hooks.custom": [{"class_path": "tests.support.hooks.Greeter"}]}
SECRET = {"components.0.config.label": "secret://vault/KEY"}
VAULT = {**SECRET, "secrets": {"providers": {"vault": {"class_path": "tests.support.vault.Vault"}}}}
HANDED_OVER = {
    "components.1.class_path": "tests.support.components.Views",
    "components.1.config": {"label": "b", "make": {"v": "SELECT 1 AS a"}},
    "checkpoint": {"root": "kept", "materialize": True},
}


def check(setting: str, value: Any, **settings: Any) -> Change:
    """Return a change of a quality check of the view `t`, which has three rows (see `view_t`)."""
    settings = {"type": "row_count", "table": "t", **settings}
    return Change(f"quality.checks.0.{setting}", value, {"quality.checks": [settings]}, on_spark=True)


CHANGES = {
    "PipelineConfig.name": Change("name", "q"),
    "PipelineConfig.version": Change("version", "2"),
    "PipelineConfig.spark": Change("spark", {"app_name": "other"}),
    "PipelineConfig.components": Change("components", [component("a", kind="source")]),
    "PipelineConfig.environment": Change("environment", "prod"),
    "PipelineConfig.mode": Change("mode", "streaming"),
    "PipelineConfig.hooks": Change("hooks", {"logging": {"enabled": False}}),
    "PipelineConfig.secrets": Change("secrets", VAULT["secrets"], SECRET),
    "PipelineConfig.tags": Change("tags", {"team": "sales"}),
    "PipelineConfig.quality": Change(
        "quality", {"checks": [{"type": "row_count", "table": "t", "min_rows": 4}]}, on_spark=True
    ),
    "PipelineConfig.execution": Change(
        "execution", {"fail_fast": False}, {**FAILS, "components.1.depends_on": []}
    ),
    "PipelineConfig.checkpoint": Change("checkpoint", {"root": "kept"}),
    "SparkConfig.app_name": Change("spark.app_name", "other"),
    "SparkConfig.master": Change("spark.master", "yarn"),
    "SparkConfig.deploy_mode": Change("spark.deploy_mode", "cluster"),
    "SparkConfig.driver_memory": Change("spark.driver_memory", "3g"),
    "SparkConfig.driver_cores": Change("spark.driver_cores", 3),
    "SparkConfig.executor_memory": Change("spark.executor_memory", "3g"),
    "SparkConfig.executor_cores": Change("spark.executor_cores", 3),
    "SparkConfig.num_executors": Change("spark.num_executors", 3),
    "SparkConfig.dynamic_allocation": Change("spark.dynamic_allocation", True),
    "SparkConfig.spark_conf": Change("spark.spark_conf", {"spark.sql.ansi.enabled": False}),
    "SparkConfig.connect_string": Change("spark.connect_string", "sc://host:15002"),
    "SparkConfig.py_files": Change(
        "spark.py_files", ["ppf_core"], seen=what_executors_can_import, on_spark=True
    ),
    "ComponentConfig.name": Change("components.1.name", "c"),
    "ComponentConfig.component_type": Change("components.0.component_type", "sink"),
    "ComponentConfig.class_path": Change("components.0.class_path", "tests.support.components.Opened"),
    "ComponentConfig.config": Change("components.0.config", {"label": "other"}),
    "ComponentConfig.depends_on": Change("components.0.depends_on", ["b"], {"components.1.depends_on": []}),
    "ComponentConfig.retry": Change("components.0.retry", "aggressive", FAILS_ONCE),
    "ComponentConfig.circuit_breaker": Change("components.0.circuit_breaker", "sensitive", BREAKER),
    "ComponentConfig.resilience": Change("components.0.resilience", "standard", FAILS_ONCE),
    "ComponentConfig.enabled": Change("components.0.enabled", False),
    "ComponentConfig.description": Change("components.0.description", "What it is for"),
    "ComponentConfig.outputs": Change(
        "components.0.outputs",
        ["v"],  # which the other one reads without depending on it
        {
            "components.1": {
                **component("b"),
                "class_path": "tests.support.components.ReadsView",
                "config": {},
            }
        },
    ),
    "ComponentConfig.materialize": Change("components.0.materialize", True, seen=whether_a_place_is_missing),
    "ResiliencePolicy.retry": Change(
        "components.0.resilience.retry", "standard", {**FAILS_ONCE, "components.0.resilience": {}}
    ),
    "ResiliencePolicy.circuit_breaker": Change(
        "components.0.resilience.circuit_breaker",
        "sensitive",
        {**FAILS, "components.0.resilience": {"retry": BREAKER["components.0.retry"]}},
    ),
    "RetryConfig.max_attempts": Change("components.0.retry.max_attempts", 2, RETRY),
    "RetryConfig.initial_delay_seconds": Change("components.0.retry.initial_delay_seconds", 10, RETRY),
    "RetryConfig.max_delay_seconds": Change("components.0.retry.max_delay_seconds", 10, SLOWER_AND_SLOWER),
    "RetryConfig.backoff_multiplier": Change("components.0.retry.backoff_multiplier", 1, SLOWER_AND_SLOWER),
    "RetryConfig.retry_on_exceptions": Change("components.0.retry.retry_on_exceptions", ["OSError"], RETRY),
    "CircuitBreakerConfig.failure_threshold": Change(
        "components.0.circuit_breaker.failure_threshold", 2, {**BREAKER, "components.0.circuit_breaker": {}}
    ),
    "CircuitBreakerConfig.success_threshold": Change(
        "components.0.circuit_breaker.success_threshold",
        1,
        {
            **BREAKER,
            **FAILS_ONCE,
            "components.0.circuit_breaker": {"failure_threshold": 1, "timeout_seconds": 0},
        },
    ),
    "CircuitBreakerConfig.timeout_seconds": Change(
        "components.0.circuit_breaker.timeout_seconds",
        1,
        {
            **FAILS,
            "components.0.retry": {"initial_delay_seconds": 10},
            "components.0.circuit_breaker": {"failure_threshold": 1},
        },
    ),
    "CircuitBreakerConfig.half_open_max_calls": Change(
        "components.0.circuit_breaker.half_open_max_calls",
        2,
        {"components.0.circuit_breaker": {"timeout_seconds": 0}},
        seen=two_calls_at_once,
    ),
    "HooksConfig.logging": Change("hooks.logging", {"enabled": False}),
    "HooksConfig.metrics": Change("hooks.metrics", {"enabled": False}),
    "HooksConfig.audit": Change("hooks.audit", AUDIT["hooks.audit"]),
    "HooksConfig.report": Change("hooks.report", {"path": "report.html"}),
    "HooksConfig.custom": Change("hooks.custom", GREETER["hooks.custom"]),
    "LoggingHooksConfig.enabled": Change("hooks.logging.enabled", False),
    "LoggingHooksConfig.logger": Change("hooks.logging.logger", "elsewhere"),
    "MetricsHooksConfig.enabled": Change("hooks.metrics.enabled", False),
    "MetricsHooksConfig.registry": Change("hooks.metrics.registry", "opentelemetry"),
    "MetricsHooksConfig.path": Change("hooks.metrics.path", "metrics.json"),
    "AuditHooksConfig.enabled": Change("hooks.audit.enabled", False, AUDIT),
    "AuditHooksConfig.sinks": Change("hooks.audit.sinks", ["file", "log"], AUDIT),
    "AuditHooksConfig.path": Change("hooks.audit.path", "other.audit", AUDIT),
    "AuditHooksConfig.trace_id": Change("hooks.audit.trace_id", "u", AUDIT),
    "ReportHooksConfig.path": Change("hooks.report.path", "report.html"),
    "CustomHookConfig.class_path": Change("hooks.custom.0.class_path", "ppf_core.runner.NoOpHooks", GREETER),
    "CustomHookConfig.config": Change("hooks.custom.0.config", {"word": "good morning"}, GREETER),
    "SecretsConfig.providers": Change(
        "secrets.providers", VAULT["secrets"]["providers"], {**SECRET, "secrets": {}}
    ),
    "SecretsProviderConfig.class_path": Change(
        "secrets.providers.vault.class_path", "ppf_core.secrets.EnvSecretsProvider", VAULT
    ),
    "SecretsProviderConfig.config": Change("secrets.providers.vault.config", {"prefix": "other "}, VAULT),
    "QualityConfig.stop_on_failure": Change(
        "quality.stop_on_failure",
        False,
        {"quality": {"checks": [{"type": "row_count", "table": "t", "min_rows": 4, "after": "a"}]}},
        on_spark=True,
    ),
    "QualityConfig.checks": Change(
        "quality.checks", [{"type": "row_count", "table": "t", "min_rows": 1}], {"quality": {}}, on_spark=True
    ),
    "QualityCheckConfig.type": check("type", "unique", type="nulls", columns=["id"]),
    "QualityCheckConfig.table": check("table", "u", min_rows=1),
    "QualityCheckConfig.name": check("name", "other", min_rows=1),
    "QualityCheckConfig.after": check("after", "a", min_rows=1),
    "QualityCheckConfig.timing": check("timing", "before_pipeline", min_rows=1),
    "QualityCheckConfig.on_failure": check("on_failure", "warn", min_rows=4),
    "QualityCheckConfig.max_failures": check("max_failures", 1, min_rows=4, on_failure="threshold"),
    "QualityCheckConfig.min_rows": check("min_rows", 4, max_rows=5),
    "QualityCheckConfig.max_rows": check("max_rows", 2, min_rows=1),
    "QualityCheckConfig.columns": check("columns", ["n"], type="nulls", columns=["id"]),
    "QualityCheckConfig.column": check("column", "n", type="range", column="id", max=10),
    "QualityCheckConfig.min": check("min", 2, type="range", column="id", max=10),
    "QualityCheckConfig.max": check("max", 1, type="range", column="id", min=0),
    "QualityCheckConfig.query": check(
        "query", "SELECT * FROM t", type="sql", query="SELECT * FROM t WHERE id > 9"
    ),
    "QualityCheckConfig.fields": check("fields", {"id": "bigint"}, type="schema", fields={"id": "int"}),
    "ExecutionConfig.fail_fast": Change(
        "execution.fail_fast", False, {**FAILS, "components.1.depends_on": []}
    ),
    "ExecutionConfig.max_parallel": Change("execution.max_parallel", 2, seen=where_components_run),
    "ExecutionConfig.progress_after_seconds": Change(
        "execution.progress_after_seconds", 0.1, seen=how_often_progress_is_reported
    ),
    "ExecutionConfig.progress_every_seconds": Change(
        "execution.progress_every_seconds",
        0.1,
        {"execution.progress_after_seconds": 0.1},
        seen=how_often_progress_is_reported,
    ),
    "CheckpointConfig.root": Change("checkpoint.root", "kept"),
    "CheckpointConfig.on_config_change": Change(
        "checkpoint.on_config_change", "restart", {"checkpoint.root": "kept"}, seen=resuming_after_a_change
    ),
    "CheckpointConfig.materialize": Change("checkpoint.materialize", True, seen=whether_a_place_is_missing),
    "CheckpointConfig.keep": Change("checkpoint.keep", True, HANDED_OVER, seen=what_is_left, on_spark=True),
}

MODELS = {
    model.__name__: model
    for model in (getattr(ppf_core.config, name) for name in ppf_core.config.__all__)
    if isinstance(model, type) and is_dataclass(model) and hasattr(model, "__pydantic_fields__")
}
SETTINGS = [f"{name}.{each.name}" for name, model in MODELS.items() for each in dataclasses.fields(model)]


# ---- The tests -----------------------------------------------------------------------------------------------------


class Log:
    """Return what was logged, without durations."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        self._caplog = caplog

    def lines(self) -> list[tuple[str, str]]:
        return [
            (record.name, timeless(record.getMessage()))
            for record in self._caplog.records
            if record.name != "py4j.clientserver"
        ]

    def clear(self) -> None:
        self._caplog.clear()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    return Log(caplog)


def keys(path: str) -> list[str | int]:
    return [int(key) if key.isdigit() else key for key in path.split(".")]


def with_settings(tree: Tree, settings: Tree) -> Tree:
    tree = copy.deepcopy(tree)
    for path, value in settings.items():
        branch: Any = tree
        *before, last = keys(path)
        for key in before:
            branch = branch[key] if isinstance(key, int) else branch.setdefault(key, {})
        branch[last] = copy.deepcopy(value)
    return tree


@pytest.fixture
def see(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Log, request: pytest.FixtureRequest) -> Any:
    """Sees a pipeline in an empty working directory of its own, where its relative paths lead to."""
    seen = 0

    def see(change: Change, settings: Tree) -> Seen:
        nonlocal seen
        seen += 1
        folder = tmp_path / str(seen)
        folder.mkdir()
        monkeypatch.chdir(folder)
        reset()
        log.clear()
        session = None
        if change.on_spark:
            session = SparkSessionWrapper()
            session.set_spark_session(request.getfixturevalue("view_t"))
        return change.seen(decode(with_settings(BASE, settings), PipelineConfig), session, log)

    return see


@pytest.fixture
def view_t(clean_spark: SparkSession) -> SparkSession:
    t = clean_spark.sql("SELECT * FROM VALUES (1, 'a', NULL), (2, 'a', 5), (2, 'b', 50) AS t(id, kind, n)")
    t.createOrReplaceTempView("t")
    t.where("id > 9").createOrReplaceTempView("u")
    return clean_spark


def test_every_setting_has_its_change() -> None:
    assert sorted(CHANGES) == sorted(SETTINGS)


@pytest.mark.parametrize("setting", CHANGES)
def test_each_change_is_one_of_the_setting_that_it_is_for(setting: str) -> None:
    change = CHANGES[setting]
    node: Any = decode(with_settings(BASE, {**change.given, change.path: change.value}), PipelineConfig)
    *before, last = keys(change.path)
    for key in before:
        node = node[key] if isinstance(node, list | dict) else getattr(node, str(key))
    assert f"{type(node).__name__}.{last}" == setting


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param(name, marks=pytest.mark.spark if change.on_spark else ())
        for name, change in CHANGES.items()
    ],
)
def test_with_another_value_something_else_is_seen(setting: str, see: Any) -> None:
    change = CHANGES[setting]
    before = see(change, change.given)
    assert see(change, change.given) == before, "what is seen must not be a matter of chance"
    assert see(change, {**change.given, change.path: change.value}) != before
