"""Whole runs with several components at once, without Spark."""

from __future__ import annotations

import contextvars
import random
import threading
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.config import CircuitBreakerConfig, ComponentConfig, ExecutionConfig, RetryConfig
from ppf_core.errors import StopPipeline
from ppf_core.metrics import InMemoryRegistry
from ppf_core.resilience import CircuitState
from ppf_core.runner import (
    ComponentStoppedError,
    CompositeHooks,
    LocalCheckpointStore,
    MetricsHooks,
    NoOpHooks,
    PipelineCancelledError,
    PipelineFailedError,
    PipelineResult,
    RunOptions,
    SimplePipelineRunner,
    assemble,
)
from ppf_core.runner.watching.run_hooks import RunHooks
from ppf_core.session import SparkSessionWrapper
from tests.support.components import ERRORS, EVENTS, ON_RUN, reset
from tests.support.hooks import Watcher
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ppf_core.config import PipelineConfig

PATIENCE = 30
"""Seconds after which a test gives up waiting for another thread."""


def run(config: PipelineConfig, hooks: Any = None, *, slots: int = 4, **more: Any) -> PipelineResult:
    return SimplePipelineRunner(config, hooks=hooks, **more, options=RunOptions(max_parallel=slots)).run()


def meeting_then_waiting(event: threading.Event, *names: str) -> None:
    """Return the same components, of which the last then waits for the event."""
    meeting(*names)
    meet = ON_RUN[names[-1]]

    def run() -> None:
        meet()
        event.wait(PATIENCE)

    ON_RUN[names[-1]] = run


def meeting(*names: str) -> None:
    """Make these components wait for one another."""
    barrier = threading.Barrier(len(names), timeout=PATIENCE)
    for name in names:
        ON_RUN[name] = lambda: barrier.wait() and None


class AloneHooks(NoOpHooks):
    """Fails if two threads are ever within its callbacks at once; takes long enough for that to show."""

    def __init__(self) -> None:
        self.inside: set[int] = set()
        self.overlaps = 0
        self.calls = 0

    def __getattribute__(self, name: str) -> Any:
        attribute = super().__getattribute__(name)
        if not name.startswith(("before_", "after_", "on_")):
            return attribute

        def guarded(*arguments: Any) -> None:
            me = threading.get_ident()
            self.overlaps += bool(self.inside - {me})
            self.inside.add(me)
            self.calls += 1
            for _ in range(20):  # lets other threads go on, if they may
                threading.Event().wait(0)
            attribute(*arguments)
            self.inside.discard(me)

        return guarded


def test_four_independent_components_overlap() -> None:
    meeting("a", "b", "c", "d")
    result = run(pipeline(step("a"), step("b"), step("c"), step("d")))
    assert sorted(result.completed_components) == ["a", "b", "c", "d"]


def test_the_file_says_how_many(tmp_path: Path) -> None:
    file = tmp_path / "p.conf"
    file.write_text(
        "name: p, version: 1, execution { max_parallel = 2 }, components: ["
        + ",".join(
            f"{{ name: {name}, component_type: source, class_path: tests.support.components.Step,"
            f" config {{ label: {name} }} }}"
            for name in "ab"
        )
        + "]"
    )
    meeting("a", "b")
    assert SimplePipelineRunner.from_file(file).run().failed_components == []


def test_less_than_one_at_once_is_refused() -> None:
    with pytest.raises(ValueError, match="max_parallel must be at least 1, not 0"):
        SimplePipelineRunner(pipeline(step("a")), options=RunOptions(max_parallel=0))


def test_a_component_sees_the_context_of_the_caller_of_the_pipeline() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    variable.set("the caller's")
    seen: list[str] = []
    ON_RUN["a"] = lambda: seen.append(variable.get())
    run(pipeline(step("a")))
    assert seen == ["the caller's"]


def test_results_are_in_the_order_in_which_components_ended() -> None:
    last_began = threading.Event()  # and so what it depends on has ended
    ON_RUN.update(a=lambda: last_began.wait(PATIENCE) and None, d=last_began.set)
    result = run(pipeline(step("a"), step("b"), step("c", "b"), step("d", "c")))
    assert result.completed_components[:2] == ["b", "c"]


def stress_config(seed: int) -> PipelineConfig:
    chance = random.Random(seed)
    components = []
    for number in range(300):
        upstream = {f"c{chance.randrange(number)}" for _ in range(chance.randrange(3))} if number else set()
        fate = chance.random()
        failures = 99 if fate < 0.05 else chance.randrange(1, 3) if fate < 0.25 else 0
        components.append(
            step(
                f"c{number}",
                *sorted(upstream),
                config={"failures": failures},
                retry=RetryConfig(max_attempts=3, initial_delay_seconds=0.0),
                circuit_breaker=CircuitBreakerConfig(failure_threshold=2) if fate < 0.02 else None,
                enabled=chance.random() > 0.02,
            )
        )
    return pipeline(*components)


def outcome(result: PipelineResult, metrics: MetricsHooks) -> dict[str, Any]:
    registry = metrics.registry
    assert isinstance(registry, InMemoryRegistry)
    return {
        "completed": sorted(result.completed_components),
        "failed": sorted((name, type(error).__name__) for name, error in result.failed_components),
        "skipped": {name: skip.reason for name, skip in result.skipped_components.items()},
        "retries": {
            component_result.component_name: component_result.retries
            for component_result in result.component_results
        },
        "counted retries": metrics.component_retries,
        "timed": sorted(metrics.component_durations),
        "status": result.status,
        "hook errors": result.hook_errors,
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hundreds_of_components_with_random_failures_come_out_as_one_after_the_other(
    seed: int, tmp_path: Path
) -> None:
    config = stress_config(seed)
    outcomes = {}
    for slots in (1, 8):
        reset()
        metrics, alone = MetricsHooks(registry=InMemoryRegistry()), AloneHooks()
        store = LocalCheckpointStore(tmp_path / str(slots))
        result = run(
            config,
            CompositeHooks(metrics, alone),
            slots=slots,
            fail_fast=False,
            run_id="r",
            checkpoint_store=store,
            sleep_func=lambda _: None,
        )
        assert alone.overlaps == 0
        state = store.load("r", "p")
        assert state is not None
        assert sorted(state.completed_components) == sorted(result.completed_components)
        assert state.status == "failed"
        outcomes[slots] = outcome(result, metrics)
        positions = {
            component_result.component_name: position
            for position, component_result in enumerate(result.component_results)
        }
        for name, position in positions.items():
            assert all(positions[upstream] < position for upstream in config.get_component(name).depends_on)
    assert outcomes[8] == outcomes[1]
    assert outcomes[1]["failed"]
    assert outcomes[1]["skipped"]


def test_hooks_are_called_by_one_thread_at_a_time_though_components_overlap() -> None:
    meeting("a", "b", "c", "d")
    hooks = AloneHooks()
    run(pipeline(step("a"), step("b"), step("c"), step("d")), hooks)
    assert hooks.calls >= 10
    assert hooks.overlaps == 0


def test_a_hook_may_cause_a_further_event() -> None:
    notified: list[str] = []

    class Hooks(NoOpHooks):
        def on_retry_attempt(self, *_: Any) -> None:
            notified.append("retry")
            hooks.on_circuit_breaker_state_change("a", CircuitState.CLOSED, CircuitState.OPEN)

        def on_circuit_breaker_state_change(self, component_name: str, *_: Any) -> None:
            notified.append(component_name)

    hooks = RunHooks(Hooks(), session=SparkSessionWrapper(), job_tag="t")
    hooks.on_retry_attempt(step("a"), 1, 3, 0, ValueError())
    assert notified == ["retry", "a"]


RETRIES_IN_AN_HOUR = RetryConfig(max_attempts=3, initial_delay_seconds=3600.0, max_delay_seconds=3600.0)


def failing_beside_one_that_retries(**more: Any) -> PipelineConfig:
    begun = threading.Event()
    ON_RUN["sibling"] = begun.set
    ON_RUN["fails"] = lambda: begun.wait(PATIENCE) and None
    return pipeline(
        step("fails", config={"failures": 9}),
        step("sibling", config={"failures": 9}, retry=RETRIES_IN_AN_HOUR),
        step("next"),
        **more,
    )


def test_a_failure_stops_a_siblings_wait_for_its_retry_and_both_are_reported(tmp_path: Path) -> None:
    watcher, store = Watcher(), LocalCheckpointStore(tmp_path)
    result = run(failing_beside_one_that_retries(), watcher, slots=2, run_id="r", checkpoint_store=store)
    errors = dict(result.failed_components)
    assert str(errors["fails"]) == "fails failed"
    assert isinstance(errors["sibling"], ComponentStoppedError)
    assert str(errors["sibling"]) == "stopped because fails failed"
    assert errors["sibling"].cause == "fails"
    assert PipelineFailedError(result).cause is errors["fails"]
    assert list(result.skipped_components) == ["next"]
    assert EVENTS.count("run sibling") == 1
    assert {"on_component_failure fails", "on_component_failure sibling"} < set(watcher.names())
    assert watcher.names()[-1] == "after_pipeline p"
    state = store.load("r", "p")
    assert state is not None
    assert (state.status, state.failed_component, state.completed_components) == ("failed", "fails", [])


def test_a_stopped_sibling_runs_again_when_the_run_resumes(tmp_path: Path) -> None:
    store = LocalCheckpointStore(tmp_path)
    config = failing_beside_one_that_retries()
    run(config, slots=2, run_id="r", checkpoint_store=store)
    ON_RUN.clear()
    runner = SimplePipelineRunner(
        pipeline(*(step(component.name) for component in config.components)),
        run_id="r",
        checkpoint_store=store,
        options=RunOptions(max_parallel=2),
    )
    assert sorted(runner.run(resume=True).completed_components) == ["fails", "next", "sibling"]


def test_what_a_stopped_sibling_raises_is_the_cause_of_its_error() -> None:
    failed = threading.Event()
    ERRORS["sibling"] = RuntimeError("Job 7 cancelled")
    meeting_then_waiting(failed, "fails", "sibling")

    class Hooks(NoOpHooks):
        def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
            failed.set()

    result = run(
        pipeline(step("fails", config={"failures": 9}), step("sibling", config={"failures": 9})), Hooks()
    )
    error = dict(result.failed_components)["sibling"]
    assert isinstance(error, ComponentStoppedError)
    assert error.__cause__ is ERRORS["sibling"]


def test_a_sibling_that_ends_well_in_spite_of_the_stop_has_completed() -> None:
    failed = threading.Event()

    class Hooks(NoOpHooks):
        def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
            failed.set()

    meeting_then_waiting(failed, "fails", "sibling")
    result = run(
        pipeline(step("fails", config={"failures": 9}), step("sibling"), step("next", "sibling")), Hooks()
    )
    assert result.completed_components == ["sibling"]
    assert list(result.skipped_components) == ["next"]


def test_without_fail_fast_independent_branches_go_on() -> None:
    result = run(
        pipeline(
            step("a", config={"failures": 9}), step("b"), step("c", "a"), step("d", "b"), step("e", "d")
        ),
        fail_fast=False,
    )
    assert sorted(result.completed_components) == ["b", "d", "e"]
    assert list(result.skipped_components) == ["c"]


def test_an_order_to_stop_stops_siblings_though_failures_do_not() -> None:
    begun = threading.Event()
    ON_RUN["sibling"] = begun.set
    ON_RUN["refused"] = lambda: begun.wait(PATIENCE) and None

    class Hooks(NoOpHooks):
        def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
            raise StopPipeline("bad data")

    config = pipeline(
        step("refused"),
        step("sibling", config={"failures": 9}, retry=RETRIES_IN_AN_HOUR),
        step("next", "refused"),
    )
    result = run(config, Hooks(), fail_fast=False)
    assert str(result.error) == "bad data"
    assert isinstance(dict(result.failed_components)["sibling"], ComponentStoppedError)
    assert list(result.skipped_components) == ["next"]


def test_cancelling_ends_all_waits_and_leaves_a_checkpoint_that_resumes(tmp_path: Path) -> None:
    meeting("a", "b")
    store = LocalCheckpointStore(tmp_path)
    config = pipeline(
        *(step(name, config={"failures": 1}, retry=RETRIES_IN_AN_HOUR) for name in "ab"), step("c", "a", "b")
    )
    watcher = Watcher()

    class Hooks(NoOpHooks):
        retrying = 0

        def on_retry_attempt(self, *_: Any) -> None:
            self.retrying += 1
            if self.retrying == 2:
                runner.cancel("enough")

    runner = SimplePipelineRunner(
        config,
        hooks=CompositeHooks(watcher, Hooks()),
        run_id="r",
        checkpoint_store=store,
        options=RunOptions(max_parallel=2),
    )
    result = runner.run()
    assert isinstance(result.error, PipelineCancelledError)
    assert {str(error) for _, error in result.failed_components} == {"the run was cancelled: enough"}
    state = store.load("r", "p")
    assert state is not None
    assert state.status == "failed"
    ON_RUN.clear()
    again = SimplePipelineRunner(
        config, run_id="r", checkpoint_store=store, options=RunOptions(max_parallel=2)
    )
    assert sorted(again.run(resume=True).completed_components) == ["a", "b", "c"]


def test_a_component_that_ignores_a_cancelled_run_is_left_alone_and_no_longer_heard(tmp_path: Path) -> None:
    release, ended = threading.Event(), threading.Event()
    watcher = Watcher()

    def ignore() -> None:
        runner.cancel("enough")
        release.wait(PATIENCE)

    class Hooks(NoOpHooks):
        def after_component(self, *_: Any) -> None:
            ended.set()

    ON_RUN["deaf"] = ignore
    store = LocalCheckpointStore(tmp_path)
    runner = SimplePipelineRunner(
        pipeline(step("deaf"), step("next", "deaf")),
        hooks=CompositeHooks(watcher, Hooks()),
        run_id="r",
        checkpoint_store=store,
        options=RunOptions(max_parallel=2),
    )
    result = runner.run()
    threads = [each for each in threading.enumerate() if each.name == "ppf-component"]
    release.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert [str(error) for _, error in result.failed_components] == [
        "the run was cancelled: enough; deaf did not end in time and was abandoned"
    ]
    assert watcher.names()[-2:] == ["on_component_failure deaf", "after_pipeline p"]
    assert not ended.is_set()
    state = store.load("r", "p")
    assert state is not None
    assert (state.status, state.completed_components) == ("failed", [])


@pytest.mark.parametrize("leave", [SystemExit, KeyboardInterrupt])
def test_an_interruption_in_one_component_ends_the_run_and_is_reported_for_both(
    leave: type[BaseException],
) -> None:
    begun = threading.Event()
    watcher = Watcher()

    def raise_it() -> None:
        begun.wait(PATIENCE)
        raise leave

    ON_RUN.update(leaves=raise_it, sibling=begun.set)
    config = pipeline(
        step("leaves"), step("sibling", config={"failures": 9}, retry=RETRIES_IN_AN_HOUR), step("next")
    )
    with pytest.raises(leave):
        run(config, watcher, slots=2)
    [result] = watcher.results
    assert {name for name, _ in result.failed_components} == {"leaves", "sibling"}
    assert isinstance(dict(result.failed_components)["sibling"], ComponentStoppedError)
    assert list(result.skipped_components) == ["next"]


def test_the_session_of_a_parallel_run_schedules_fairly_by_default() -> None:
    config = pipeline(step("a"), execution=ExecutionConfig(max_parallel=2))
    assert assemble(config).session._fair_scheduling
    assert not assemble(pipeline(step("a"))).session._fair_scheduling


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name in ("ppf-component", "ppf-job-stopper"):
            thread.join(PATIENCE)
            assert not thread.is_alive()
