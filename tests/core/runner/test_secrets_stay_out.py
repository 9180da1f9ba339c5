"""A component that raises an error with a secret in it leaves no trace of the secret anywhere."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.audit import FileAuditSink
from ppf_core.config import CircuitBreakerConfig, RetryConfig, SparkConfig
from ppf_core.metrics import InMemoryRegistry
from ppf_core.runner import (
    AuditHooks,
    CompositeHooks,
    LocalCheckpointStore,
    LoggingHooks,
    MetricsHooks,
    PipelineFailedError,
    PipelineResult,
    SimplePipelineRunner,
    assemble,
    compute_pipeline_fingerprint,
)
from tests.support.hooks import Watcher
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "hunter2-and-more"  # noqa: S105 - what the tests look for


@dataclass
class Traces:
    """Return all output of a run as text."""

    result: PipelineResult | None
    raised: BaseException | None
    watcher: Watcher
    text: str


def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, how: str, **more: Any
) -> Traces:
    monkeypatch.setenv("PPF_TEST_PASSWORD", SECRET)
    caplog.set_level(logging.DEBUG)
    audit, store = tmp_path / "audit.jsonl", LocalCheckpointStore(tmp_path / "checkpoints")
    registry = InMemoryRegistry()
    watcher = more.pop("watcher", None) or Watcher()
    cls = more.pop("cls", "Leaky")
    config = pipeline(
        step(
            "leak",
            cls=cls,
            config={"password": "secret://env/PPF_TEST_PASSWORD", "how": how},
            retry=RetryConfig(max_attempts=2, initial_delay_seconds=0),
            circuit_breaker=CircuitBreakerConfig(failure_threshold=1),
        )
    )
    with FileAuditSink(audit) as sink:
        hooks = CompositeHooks(LoggingHooks(), MetricsHooks(registry=registry), AuditHooks(sink), watcher)
        runner = SimplePipelineRunner(
            config, hooks=hooks, sleep_func=lambda _: None, run_id="r", checkpoint_store=store
        )
        result, raised = None, None
        try:
            result = runner.run()
        except BaseException as error:  # noqa: BLE001 - what is raised is part of what is looked through
            raised = error
    result = watcher.results[0]
    parts = [
        caplog.text,
        *(repr(record.args) + str(record.exc_text) for record in caplog.records),
        audit.read_text(),
        (tmp_path / "checkpoints" / "p" / "r.json").read_text(),
        repr(registry.get_metrics()),
        repr(result),
        *(str(error) + repr(error) + repr(vars(error)) for _, error in result.failed_components),
        *(repr(chained) + str(chained) for _, error in result.failed_components for chained in _chain(error)),
        *(str(error) + repr(error) for error in result.hook_errors),
        *(repr(chained) for error in result.hook_errors for chained in _chain(error.error)),
        repr(result.error) + str(result.error),
        str(PipelineFailedError(result)) + repr(PipelineFailedError(result).cause),
        repr(runner) + repr(vars(runner)) + repr(config),
        repr(watcher.calls),
        compute_pipeline_fingerprint(config),
    ]
    return Traces(result, raised, watcher, "\n".join(parts))


def _chain(error: BaseException | None) -> list[BaseException]:
    errors: list[BaseException] = []
    while error is not None:
        errors.append(error)
        error = error.__cause__ or error.__context__
    return errors


@pytest.mark.parametrize("how", ["run", "init", "cause", "stop"])
def test_a_leaking_component_leaves_no_trace(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    traces = run(tmp_path, monkeypatch, caplog, how)
    assert traces.result is not None
    assert traces.result.failed_components
    assert SECRET not in traces.text
    assert "***" in traces.text or how == "cause"


def test_the_kind_of_error_can_still_be_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    watcher = run(tmp_path, monkeypatch, caplog, "run").watcher
    retried = next(call for call in watcher.calls if call[0] == "on_retry_attempt")
    assert isinstance(retried[5], ConnectionError)


def test_a_leaking_exit_leaves_no_trace_but_in_what_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    traces = run(tmp_path, monkeypatch, caplog, "exit")
    assert isinstance(traces.raised, SystemExit)
    assert SECRET not in traces.text


def test_a_leaking_close_after_a_failure_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    traces = run(tmp_path, monkeypatch, caplog, "run", cls="LeakyClose")
    assert "could not log out ***" in traces.text
    assert SECRET not in traces.text


@pytest.mark.parametrize(
    "callback", ["on_component_failure", "on_retry_attempt", "on_circuit_breaker_state_change"]
)
@pytest.mark.parametrize("how", ["run", "exit"])
def test_a_hook_that_fails_meanwhile_does_not_drag_the_error_into_the_log(
    how: str,
    callback: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    watcher = Watcher({callback: RuntimeError("the hook's own")})
    traces = run(tmp_path, monkeypatch, caplog, how, watcher=watcher)
    assert SECRET not in traces.text
    if callback in {call[0] for call in watcher.calls}:
        assert "the hook's own" in traces.text


def test_a_reference_that_leads_to_nothing_is_the_components_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PPF_TEST_PASSWORD", raising=False)
    config = pipeline(step("a", cls="Leaky", config={"password": "secret://env/PPF_TEST_PASSWORD"}))
    result = SimplePipelineRunner(config).run()
    assert "PPF_TEST_PASSWORD" in str(result.failed_components[0][1])


def test_the_config_of_a_run_keeps_its_references(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PPF_TEST_PASSWORD", SECRET)
    seen: list[str] = []

    class Looks(Watcher):
        def before_component(self, config: Any, index: int, total: int) -> None:
            seen.append(repr(config))

    config = pipeline(step("a", config={"password": "secret://env/PPF_TEST_PASSWORD"}))
    SimplePipelineRunner(config, hooks=Looks()).run()
    assert "secret://env/PPF_TEST_PASSWORD" in seen[0]


def test_a_secret_among_sparks_settings_is_put_in_when_the_session_starts_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PPF_TEST_PASSWORD", SECRET)
    started: list[dict[str, str]] = []

    def start(asked: dict[str, str], **_: Any) -> tuple[Any, bool]:
        started.append(asked)
        return object(), False

    monkeypatch.setattr("ppf_core.session.wrapper.start_session", start)
    key = "spark.hadoop.fs.s3a.secret.key"
    config = replace(
        pipeline(step("a")), spark=SparkConfig("p", spark_conf={key: "secret://env/PPF_TEST_PASSWORD"})
    )
    for runner in (SimplePipelineRunner(config), SimplePipelineRunner.assembled(assemble(config))):
        _ = runner.session.spark
        assert started.pop()[key] == SECRET
        assert SECRET not in repr(runner.config)
        assert SECRET not in repr(runner.session)
