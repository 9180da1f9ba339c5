from __future__ import annotations

import inspect
import logging
from typing import TYPE_CHECKING

import pytest

from ppf_core.component import ComponentError, ComponentExecutionError, ComponentInstantiationError
from ppf_core.config import (
    CircuitBreakerConfig,
    ConfigError,
    PipelineConfig,
    ResiliencePolicy,
    RetryConfig,
)
from ppf_core.errors import StopPipeline
from ppf_core.resilience import CircuitBreakerOpenError
from ppf_core.runner import (
    CompositeHooks,
    NoOpHooks,
    PipelineCancelledError,
    PipelineFailedError,
    PipelineHooks,
    PipelineResult,
    PipelineResultStatus,
    SimplePipelineRunner,
    SkipReason,
)
from ppf_core.session import SparkSessionWrapper
from tests.support.components import ERRORS, EVENTS, ON_RUN, TRIES
from tests.support.hooks import Watcher
from tests.support.pipelines import pipeline, step
from tests.support.ticking_clock import Ticking

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

SUCCESS, PARTIAL, FAILURE = (
    PipelineResultStatus.SUCCESS,
    PipelineResultStatus.PARTIAL_SUCCESS,
    PipelineResultStatus.FAILURE,
)


class NoSession(SparkSessionWrapper):
    """A session wrapper for tests in which nothing may ask for Spark."""

    def __init__(self, error: BaseException | None = None) -> None:
        super().__init__()
        self.error = error or AssertionError("Spark was asked for")
        self.cancelled: list[str] = []

    @property
    def spark(self) -> SparkSession:
        raise self.error

    def cancel_jobs(self, tag: str) -> None:
        self.cancelled.append(tag)


def runner(
    config: PipelineConfig, hooks: PipelineHooks | None = None, **more: object
) -> SimplePipelineRunner:
    more.setdefault("spark_wrapper", NoSession())
    return SimplePipelineRunner(config, hooks=hooks, **more)  # type: ignore[arg-type]


def reasons(result: PipelineResult) -> dict[str, str]:
    return {name: str(skipped) for name, skipped in result.skipped_components.items()}


CHAIN = pipeline(step("a", kind="source"), step("b", "a"), step("c", "b", kind="sink"))


def test_the_constructor_has_the_documented_arguments() -> None:
    parameters = list(inspect.signature(SimplePipelineRunner).parameters.values())
    documented = [
        ("config", inspect.Parameter.empty),
        ("spark_wrapper", None),
        ("hooks", None),
        ("fail_fast", True),
        ("clock", None),
        ("sleep_func", None),
        ("validate_before_run", True),
    ]
    assert [(p.name, p.default) for p in parameters[: len(documented)]] == documented
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters[len(documented) :])


def test_run_takes_completed_components_first() -> None:
    parameters = list(inspect.signature(SimplePipelineRunner.run).parameters.values())
    assert (parameters[1].name, parameters[1].default) == ("completed_components", None)


def test_components_run_in_topological_order_whatever_the_files() -> None:
    config = pipeline(step("c", "b"), step("a"), step("b", "a"))
    assert runner(config).run().completed_components == ["a", "b", "c"]
    assert EVENTS == ["run a", "run b", "run c"]


def test_hooks_are_called_in_order_with_index_and_total_of_the_enabled() -> None:
    watcher = Watcher()
    config = pipeline(step("a"), step("off", enabled=False), step("b", "a"))
    runner(config, watcher, clock=Ticking()).run()
    assert watcher.calls == [
        ("on_plan", 3),
        ("before_pipeline", "p"),
        ("before_component", "a", 0, 2),
        ("after_component", "a", 0, 2, 0),
        ("before_component", "b", 1, 2),
        ("after_component", "b", 1, 2, 0),
        ("after_pipeline", "p", "success"),
    ]


def test_index_counts_completed_components_too() -> None:
    watcher = Watcher()
    runner(CHAIN, watcher).run({"a"})
    assert ("before_component", "b", 1, 3) in watcher.calls


def test_durations_come_from_the_clock_in_milliseconds() -> None:
    clock = Ticking()
    ON_RUN["a"] = lambda: setattr(clock, "now", clock.now + 1.5)
    result = runner(pipeline(step("a")), clock=clock).run()
    assert result.component_results[0].duration_ms == 1500
    assert result.total_duration_ms == 1500


def test_fail_fast_stops_at_the_first_failure() -> None:
    config = pipeline(step("a"), step("b", config={"failures": 9}), step("c", "b"), step("d"))
    watcher = Watcher()
    result = runner(config, watcher).run()
    assert result.status is PARTIAL
    assert result.completed_components == ["a"]
    assert [name for name, _ in result.failed_components] == ["b"]
    assert reasons(result) == {"c": "downstream of a failed component (b)", "d": "the run had stopped"}
    assert watcher.calls[-2][:3] == ("on_component_failure", "b", 1)


def test_without_fail_fast_only_dependants_of_the_failed_one_are_skipped() -> None:
    config = pipeline(
        step("a", config={"failures": 9}), step("b", "a"), step("c", "b"), step("d"), step("e", "d")
    )
    result = runner(config, fail_fast=False).run()
    assert result.status is PARTIAL
    assert result.completed_components == ["d", "e"]
    assert reasons(result) == {
        "b": "downstream of a failed component (a)",
        "c": "downstream of a failed component (a)",
    }


def test_status_is_failure_when_all_that_ran_failed() -> None:
    result = runner(pipeline(step("a", config={"failures": 9}), step("b", "a"))).run()
    assert result.status is FAILURE


def test_status_is_success_when_nothing_was_left_to_run() -> None:
    result = runner(CHAIN).run({"a", "b", "c"})
    assert (result.status, result.component_results) == (SUCCESS, [])
    assert {skipped.reason for skipped in result.skipped} == {SkipReason.COMPLETED}


def test_an_empty_pipeline_is_a_success() -> None:
    assert runner(pipeline()).run().status is SUCCESS


def test_completed_components_are_skipped_and_say_so() -> None:
    result = runner(CHAIN).run(completed_components={"a"})
    assert EVENTS == ["run b", "run c"]
    assert reasons(result) == {"a": "completed in an earlier run"}


def test_completed_names_that_the_pipeline_lacks_are_ignored() -> None:
    assert runner(CHAIN).run({"a", "zzz"}).completed_components == ["b", "c"]


def test_dependants_of_a_disabled_component_are_skipped_and_say_so() -> None:
    config = pipeline(step("a", enabled=False), step("b", "a"), step("c", "b"), step("d"))
    result = runner(config).run()
    assert result.status is SUCCESS
    assert EVENTS == ["run d"]
    assert reasons(result) == {
        "a": "disabled",
        "b": "downstream of a disabled component (a)",
        "c": "downstream of a disabled component (a)",
    }


def test_every_component_is_either_executed_or_skipped() -> None:
    config = pipeline(step("a", config={"failures": 1}), step("b", "a"), step("c"), step("d", enabled=False))
    result = runner(config).run()
    executed = {component_result.component_name for component_result in result.component_results}
    assert executed | set(result.skipped_components) == {"a", "b", "c", "d"}
    assert not executed & set(result.skipped_components)


RETRY = RetryConfig(max_attempts=3, initial_delay_seconds=1.0)


def test_a_component_is_tried_again_and_the_waits_go_through_sleep_func() -> None:
    waits: list[float] = []
    watcher = Watcher()
    config = pipeline(step("a", config={"failures": 2}, retry=RETRY))
    result = runner(config, watcher, sleep_func=waits.append).run()
    assert result.status is SUCCESS
    assert result.component_results[0].retries == 2
    assert [call[:4] for call in watcher.calls if call[0] == "on_retry_attempt"] == [
        ("on_retry_attempt", "a", 1, 3),
        ("on_retry_attempt", "a", 2, 3),
    ]
    assert 0.75 <= waits[0] <= 1.25
    assert 1.5 <= waits[1] <= 2.5
    assert [call[4] for call in watcher.calls if call[0] == "on_retry_attempt"] == [
        round(wait * 1000) for wait in waits
    ]


def test_retries_is_right_after_exhaustion_and_failure_is_reported_once() -> None:
    watcher = Watcher()
    config = pipeline(step("a", config={"failures": 9}, retry=RETRY))
    result = runner(config, watcher, sleep_func=lambda _: None).run()
    assert TRIES["a"] == 3
    assert result.component_results[0].retries == 2
    assert watcher.names().count("on_component_failure a") == 1


def test_without_a_retry_block_there_is_one_try() -> None:
    result = runner(pipeline(step("a", config={"failures": 9}))).run()
    assert (TRIES["a"], result.component_results[0].retries) == (1, 0)


def test_a_resilience_policy_is_as_good_as_its_parts() -> None:
    config = pipeline(step("a", config={"failures": 2}, resilience=ResiliencePolicy(retry=RETRY)))
    assert runner(config, sleep_func=lambda _: None).run().status is SUCCESS


def test_an_opening_breaker_ends_the_retries_and_hooks_hear_of_it() -> None:
    watcher = Watcher()
    config = pipeline(
        step(
            "a",
            config={"failures": 99},
            retry=RetryConfig(max_attempts=10, initial_delay_seconds=0.0),
            circuit_breaker=CircuitBreakerConfig(failure_threshold=2),
        )
    )
    result = runner(config, watcher, clock=Ticking(), sleep_func=lambda _: None).run()
    assert TRIES["a"] == 2
    assert isinstance(result.failed_components[0][1], CircuitBreakerOpenError)
    assert ("on_circuit_breaker_state_change", "a", "closed", "open") in watcher.calls


def test_static_checks_that_fail_run_nothing_call_no_hook_and_are_in_the_result() -> None:
    watcher = Watcher()
    config = pipeline(step("a", "nobody"), step("b", cls="Missing"))
    result = runner(config, watcher).run()
    assert result.status is FAILURE
    assert (watcher.calls, EVENTS) == ([], [])
    assert len(result.validation_errors) == 2
    assert "nobody" in result.validation_errors[0]
    assert "Missing" in result.validation_errors[1]


def test_settings_of_built_in_components_are_checked_beforehand() -> None:
    component = step("a")
    wrong = type(component)(
        "read", component.component_type, "ppf_core.batch.Read", config={"formt": "csv", "output_view": "v"}
    )
    result = runner(pipeline(step("first"), wrong)).run()
    assert EVENTS == []
    assert any("formt" in problem for problem in result.validation_errors)


def test_without_validation_a_missing_class_is_its_components_failure() -> None:
    config = pipeline(step("a"), step("b", cls="Missing"))
    result = runner(config, validate_before_run=False).run()
    assert result.completed_components == ["a"]
    assert isinstance(result.failed_components[0][1], ComponentInstantiationError)


def test_without_validation_an_unknown_dependency_is_an_error_before_any_hook() -> None:
    watcher = Watcher()
    with pytest.raises(KeyError, match="nobody"):
        runner(pipeline(step("a", "nobody")), watcher, validate_before_run=False).run()
    assert watcher.calls == []


def test_an_exception_of_a_hook_changes_nothing_and_is_listed(caplog: pytest.LogCaptureFixture) -> None:
    raising = dict.fromkeys(
        ["before_pipeline", "before_component", "after_component", "after_pipeline"], RuntimeError("hook")
    )
    watcher = Watcher(raising)  # type: ignore[arg-type]
    result = runner(pipeline(step("a")), watcher).run()
    assert result.status is SUCCESS
    assert [str(error) for error in result.hook_errors] == [
        f"Watcher.{callback}: RuntimeError: hook" for callback in raising
    ]
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 4


def test_a_hook_that_lacks_a_callback_is_reported_and_the_run_goes_on() -> None:
    class Half:
        def before_pipeline(self, config: PipelineConfig) -> None:
            EVENTS.append("half")

    result = runner(pipeline(step("a")), Half()).run()  # type: ignore[arg-type]
    assert EVENTS == ["half", "run a"]
    assert "inherit from NoOpHooks" in str(result.hook_errors[0])


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), SystemExit(3)], ids=["ctrl-c", "exit"])
def test_an_interruption_notifies_the_hooks_and_goes_on(interruption: BaseException) -> None:
    ERRORS["b"] = interruption
    watcher = Watcher()
    config = pipeline(step("a"), step("b", "a", config={"failures": 9}, retry=RETRY), step("c", "b"))
    with pytest.raises(type(interruption)) as raised:
        runner(config, watcher).run()
    assert raised.value is interruption
    assert watcher.names()[-2:] == ["on_component_failure b", "after_pipeline p"]
    error = watcher.calls[-2][3]
    assert isinstance(error, ComponentExecutionError)
    assert error.cause is interruption
    result = watcher.results[0]
    assert result.error is interruption
    assert result.status is PARTIAL
    assert [component_result.component_name for component_result in result.component_results] == ["a", "b"]
    assert reasons(result) == {"c": "the run had stopped"}


@pytest.mark.parametrize("callback", ["before_pipeline", "before_component", "after_component"])
def test_an_interruption_in_a_hook_still_ends_with_after_pipeline(callback: str) -> None:
    watcher = Watcher({callback: KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        runner(CHAIN, watcher).run()
    assert watcher.names()[-1] == "after_pipeline p"


def test_a_session_that_cannot_start_is_the_components_failure_and_after_pipeline_is_called() -> None:
    watcher = Watcher()
    session = NoSession(OSError("no java"))
    result = runner(pipeline(step("a", cls="UsesSpark")), watcher, spark_wrapper=session).run()
    assert result.status is FAILURE
    assert str(result.failed_components[0][1]) == "no java"
    assert watcher.names()[-2:] == ["on_component_failure a", "after_pipeline p"]


def test_spark_is_not_asked_for_by_a_pipeline_of_plain_components() -> None:
    assert runner(CHAIN).run().status is SUCCESS  # NoSession raises when asked


def test_without_a_wrapper_none_is_started_until_a_component_asks() -> None:
    made = SimplePipelineRunner(CHAIN)
    assert made.run().status is SUCCESS
    assert isinstance(made.session, SparkSessionWrapper)
    assert not made.session.started


def test_a_component_with_set_spark_session_is_given_the_session() -> None:
    class Given(NoSession):
        @property
        def spark(self) -> SparkSession:
            return "the session"  # type: ignore[return-value]

    assert runner(pipeline(step("a", cls="UsesSpark")), spark_wrapper=Given()).run().status is SUCCESS
    assert EVENTS == ["spark the session"]


def test_a_resource_is_opened_and_closed_around_each_try() -> None:
    config = pipeline(step("a", cls="Opened", config={"failures": 1}, retry=RETRY))
    runner(config, sleep_func=lambda _: None).run()
    assert EVENTS == ["open a", "run a", "close a"] * 2


def test_a_failing_close_never_hides_the_components_own_error(caplog: pytest.LogCaptureFixture) -> None:
    config = pipeline(step("a", cls="Opened", config={"failures": 1, "fails_in": ["close"]}))
    result = runner(config).run()
    assert str(result.failed_components[0][1]) == "a failed"
    assert "close of a failed" in caplog.text


def test_a_failing_close_alone_fails_the_component() -> None:
    result = runner(pipeline(step("a", cls="Opened", config={"fails_in": ["close"]}))).run()
    assert "close of a failed" in str(result.failed_components[0][1])


def test_close_is_called_when_open_failed_halfway() -> None:
    result = runner(pipeline(step("a", cls="Opened", config={"fails_in": ["open"]}))).run()
    assert EVENTS == ["open a", "close a"]
    assert str(result.failed_components[0][1]) == "open of a failed"


def test_stop_in_after_component_makes_it_a_failure_and_later_hooks_hear_no_success() -> None:
    judge, record = Watcher({"after_component": StopPipeline("bad data")}), Watcher()
    result = runner(CHAIN, CompositeHooks(judge, record)).run()
    assert result.status is FAILURE
    assert [name for name, _ in result.failed_components] == ["a"]
    assert str(result.error) == "bad data"
    assert record.names() == [
        "on_plan 3",
        "before_pipeline p",
        "before_component a",
        "on_component_failure a",
        "after_pipeline p",
    ]


def test_stop_ends_the_run_even_without_fail_fast() -> None:
    config = pipeline(step("a"), step("b"))
    result = runner(config, Watcher({"after_component": StopPipeline("bad")}), fail_fast=False).run()
    assert EVENTS == ["run a"]
    assert reasons(result) == {"b": "the run had stopped"}


def test_stop_in_before_pipeline_runs_nothing_and_everyone_hears_begin_and_end() -> None:
    judge, record = Watcher({"before_pipeline": StopPipeline("not today")}), Watcher()
    result = runner(CHAIN, CompositeHooks(judge, record)).run()
    assert (result.status, EVENTS) == (FAILURE, [])
    assert record.names() == ["on_plan 3", "before_pipeline p", "after_pipeline p"]
    assert set(reasons(result).values()) == {"the run had stopped"}
    assert len(result.skipped) == 3


def test_stop_in_before_component_leaves_the_component_unrun_and_failed() -> None:
    result = runner(CHAIN, Watcher({"before_component": StopPipeline("no")})).run()
    assert EVENTS == []
    assert [name for name, _ in result.failed_components] == ["a"]


def test_stop_in_after_pipeline_makes_the_result_a_failure_for_later_hooks() -> None:
    judge, record = Watcher({"after_pipeline": StopPipeline("too few rows")}), Watcher()
    result = runner(pipeline(step("a")), CompositeHooks(judge, record)).run()
    assert result.status is PARTIAL
    assert str(result.error) == "too few rows"
    assert record.calls[-1] == ("after_pipeline", "p", "partial_success")


def test_stop_while_a_failure_is_reported_ends_the_run() -> None:
    config = pipeline(step("a", config={"failures": 1}), step("b"))
    result = runner(
        config, Watcher({"on_component_failure": StopPipeline("taken over")}), fail_fast=False
    ).run()
    assert EVENTS == ["run a"]
    assert str(result.error) == "taken over"
    assert str(result.failed_components[0][1]) == "a failed"


def test_cancel_begins_nothing_more_and_is_the_results_error() -> None:
    session = NoSession()
    made = runner(CHAIN, spark_wrapper=session)
    ON_RUN["a"] = lambda: made.cancel("time is up")
    result = made.run()
    assert EVENTS == ["run a"]
    assert result.status is PARTIAL
    assert isinstance(result.error, PipelineCancelledError)
    assert result.error.reason == "time is up"
    assert len(session.cancelled) == 1


def test_cancel_cuts_a_retrys_wait_short() -> None:
    retry = RetryConfig(max_attempts=3, initial_delay_seconds=3600.0, max_delay_seconds=3600.0)
    made = runner(pipeline(step("a", config={"failures": 9}, retry=retry)))
    ON_RUN["a"] = lambda: made.cancel("time is up")
    result = made.run()
    assert TRIES["a"] == 1
    assert isinstance(result.error, PipelineCancelledError)


def test_a_component_that_is_cancelled_by_its_retry_keeps_its_count() -> None:
    result = runner(pipeline(step("a", config={"failures": 9}, retry=RETRY)), sleep_func=_refuse).run()
    assert result.component_results[0].retries == 0


def _refuse(_: float) -> None:
    raise PipelineCancelledError("no time to wait")


def test_a_result_as_an_exception_names_each_failure() -> None:
    config = pipeline(step("a", config={"failures": 1}), step("b", config={"failures": 1}))
    error = PipelineFailedError(runner(config, fail_fast=False).run())
    assert str(error) == "pipeline 'p': a: ValueError: a failed; b: ValueError: b failed"
    assert str(error.cause) == "a failed"


def test_a_checkpoint_store_without_a_run_id_is_refused() -> None:
    with pytest.raises(ValueError, match="run_id"):
        runner(CHAIN, checkpoint_store=object())


def test_from_file_of_a_missing_file_says_which(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.conf"):
        SimplePipelineRunner.from_file(tmp_path / "nothing.conf")


def test_from_file_reads_a_pipeline_and_passes_arguments_on(tmp_path: Path) -> None:
    file = tmp_path / "p.conf"
    file.write_text(
        """
        name: p, version: 1, execution { fail_fast = false }
        components: [
          { name: a, component_type: source, class_path: tests.support.components.Step
            config { label: a, failures: 1 } }
          { name: b, component_type: source, class_path: tests.support.components.Step, config { label: b } }
        ]
        """
    )
    watcher = Watcher()
    result = SimplePipelineRunner.from_file(file, hooks=watcher).run()
    assert result.completed_components == ["b"]
    assert watcher.names()[-1] == "after_pipeline p"
    assert SimplePipelineRunner.from_file(str(file), fail_fast=True).run().status is SUCCESS


@pytest.mark.parametrize("shape", ["chain", "fan"])
def test_five_thousand_components_run(shape: str) -> None:
    names = [f"c{number}" for number in range(5000)]
    upstream = {"chain": names, "fan": [names[0]] * 5000}[shape]
    config = pipeline(
        step(names[0], cls="NoOp"),
        *(step(name, before, cls="NoOp") for name, before in zip(names[1:], upstream, strict=False)),
    )
    result = runner(config, NoOpHooks()).run()
    assert result.status is SUCCESS
    assert len(result.component_results) == 5000


def test_component_error_is_kept_as_it_was_raised() -> None:
    ERRORS["a"] = ComponentError("mine")
    result = runner(pipeline(step("a", config={"failures": 1}))).run()
    assert result.failed_components == [("a", ERRORS["a"])]
