from __future__ import annotations

import logging
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, SparkConfig
from ppf_core.errors import PpfError, StopPipeline
from ppf_core.quality import CheckResult, CheckTiming, DataQualityCheck, FailureMode
from ppf_core.runner.hooks import CompositeHooks, NoOpHooks
from ppf_core.runner.quality_hooks import DataQualityError, DataQualityHooks, DataQualityStop
from ppf_core.runner.result import PipelineResult, PipelineResultStatus

if TYPE_CHECKING:
    from collections.abc import Callable

READ = ComponentConfig("read", ComponentType.SOURCE, "my.Read")
CLEAN = ComponentConfig("clean", ComponentType.TRANSFORMATION, "my.Clean")
PIPELINE = PipelineConfig("nyc", "1.0.0", SparkConfig("app"), [READ, CLEAN])
SUCCEEDED = PipelineResult(PipelineResultStatus.SUCCESS, "nyc")

BEFORE, AFTER, BETWEEN = CheckTiming.BEFORE_PIPELINE, CheckTiming.AFTER_PIPELINE, CheckTiming.AFTER_COMPONENT


class FakeSession:
    """Stands for the wrapper: hands out itself as the session, or fails to, and counts how often it was asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = 0
        self._error = error

    @property
    def spark(self) -> Any:
        self.asked += 1
        if self._error:
            raise self._error
        return self


def check(name: str, timing: CheckTiming, *, passes: bool = True, **options: Any) -> DataQualityCheck:
    result = CheckResult(name, passes, "well" if passes else f"{name} is bad")
    return DataQualityCheck(name, timing, lambda _: result, **options)


def hooks_with(*checks: DataQualityCheck, session: Any = None, **options: Any) -> DataQualityHooks:
    wrapper: Any = session or FakeSession()
    hooks = DataQualityHooks(wrapper, **options)
    hooks.register_all(checks)
    return hooks


def names(hooks: DataQualityHooks) -> list[str]:
    return [result.check_name for result in hooks.results]


def test_each_check_runs_at_its_own_moment() -> None:
    hooks = hooks_with(
        check("end", AFTER),
        check("clean only", BETWEEN, component_name="clean"),
        check("start", BEFORE),
        check("every component", BETWEEN),
    )
    hooks.before_pipeline(PIPELINE)
    assert names(hooks) == ["start"]
    hooks.after_component(READ, 0, 2, 5)
    assert names(hooks) == ["start", "every component"]
    hooks.after_component(CLEAN, 1, 2, 5)
    assert names(hooks)[2:] == ["clean only", "every component"]
    hooks.after_pipeline(PIPELINE, SUCCEEDED)
    assert names(hooks)[4:] == ["end"]


def test_what_is_registered_and_found_is_handed_out_as_copies() -> None:
    hooks = hooks_with(check("start", BEFORE))
    hooks.register(check("end", AFTER))
    hooks.before_pipeline(PIPELINE)
    hooks.checks.clear()
    hooks.results.clear()
    assert [each.name for each in hooks.checks] == ["start", "end"]
    assert names(hooks) == ["start"]


def test_results_are_those_of_the_current_run() -> None:
    hooks = hooks_with(check("start", BEFORE), check("end", AFTER))
    for _ in range(2):
        hooks.before_pipeline(PIPELINE)
        hooks.after_pipeline(PIPELINE, SUCCEEDED)
        assert names(hooks) == ["start", "end"]


def test_the_session_is_asked_for_only_when_a_check_is_due() -> None:
    session = FakeSession()
    hooks = hooks_with(check("c", BETWEEN, component_name="clean"), session=session)
    hooks.before_pipeline(PIPELINE)
    hooks.after_component(READ, 0, 2, 5)
    hooks.after_pipeline(PIPELINE, SUCCEEDED)
    assert session.asked == 0
    hooks.after_component(CLEAN, 1, 2, 5)
    assert session.asked == 1


MOMENTS: dict[CheckTiming, Callable[[DataQualityHooks], None]] = {
    BEFORE: lambda hooks: hooks.before_pipeline(PIPELINE),
    BETWEEN: lambda hooks: hooks.after_component(CLEAN, 1, 2, 5),
    AFTER: lambda hooks: hooks.after_pipeline(PIPELINE, SUCCEEDED),
}


@pytest.fixture(params=list(MOMENTS), ids=lambda timing: timing.value)
def timing(request: pytest.FixtureRequest) -> CheckTiming:
    chosen: CheckTiming = request.param
    return chosen


def test_a_failed_check_raises_an_error_that_is_no_order_to_stop(timing: CheckTiming) -> None:
    hooks = hooks_with(check("c", timing, passes=False))
    with pytest.raises(DataQualityError, match="Quality check c failed: c is bad") as caught:
        MOMENTS[timing](hooks)
    assert not isinstance(caught.value, StopPipeline)
    assert isinstance(caught.value, PpfError)
    assert (caught.value.check_name, caught.value.result) == ("c", hooks.results[0])


def test_with_stop_on_failure_a_failed_check_orders_the_run_to_stop(timing: CheckTiming) -> None:
    hooks = hooks_with(check("c", timing, passes=False), stop_on_failure=True)
    with pytest.raises(StopPipeline) as caught:
        MOMENTS[timing](hooks)
    assert isinstance(caught.value, DataQualityError)
    assert caught.value.check_name == "c"


def test_all_checks_of_a_moment_are_recorded_before_the_error_that_names_all_that_failed(
    timing: CheckTiming,
) -> None:
    hooks = hooks_with(
        check("one", timing, passes=False),
        check("two", timing),
        check("three", timing, passes=False),
        check("four", timing, passes=False, failure_mode=FailureMode.WARN_ONLY),
    )
    with pytest.raises(DataQualityError) as caught:
        MOMENTS[timing](hooks)
    assert names(hooks) == ["one", "two", "three", "four"]
    assert str(caught.value) == "2 quality checks failed:\n  one: one is bad\n  three: three is bad"
    assert (caught.value.check_name, caught.value.results) == ("one", (hooks.results[0], hooks.results[2]))


def test_a_check_that_only_warns_is_logged_and_raises_nothing(
    timing: CheckTiming, caplog: pytest.LogCaptureFixture
) -> None:
    hooks = hooks_with(
        check("c", timing, passes=False, failure_mode=FailureMode.WARN_ONLY), stop_on_failure=True
    )
    MOMENTS[timing](hooks)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, "Quality check c failed: c is bad")
    ]
    assert [result.passed for result in hooks.results] == [False]


def test_a_threshold_raises_once_it_is_exceeded_within_one_run(caplog: pytest.LogCaptureFixture) -> None:
    hooks = hooks_with(
        check("c", BETWEEN, passes=False, failure_mode=FailureMode.THRESHOLD, max_failures=2),
        # Counted for itself although it has the same name.
        check("c", BETWEEN, passes=False, failure_mode=FailureMode.THRESHOLD, max_failures=9),
    )
    for _ in range(2):
        hooks.before_pipeline(PIPELINE)
        hooks.after_component(READ, 0, 2, 5)
        hooks.after_component(CLEAN, 1, 2, 5)
        with pytest.raises(DataQualityError) as caught:
            hooks.after_component(CLEAN, 1, 2, 5)
        assert len(caught.value.results) == 1
    levels = [record.levelno for record in caplog.records[:6:2]]
    assert levels == [logging.WARNING, logging.WARNING, logging.ERROR]
    assert (
        caplog.records[2].getMessage() == "Quality check c failed (2 times in this run, 2 allowed): c is bad"
    )


def test_a_threshold_of_no_failures_raises_at_the_first() -> None:
    hooks = hooks_with(check("c", AFTER, passes=False, failure_mode=FailureMode.THRESHOLD))
    with pytest.raises(DataQualityError):
        hooks.after_pipeline(PIPELINE, SUCCEEDED)


def test_passes_do_not_count_towards_a_threshold() -> None:
    hooks = hooks_with(check("c", BETWEEN, failure_mode=FailureMode.THRESHOLD))
    for _ in range(5):
        hooks.after_component(CLEAN, 1, 2, 5)
    assert [result.passed for result in hooks.results] == [True] * 5


def test_a_check_that_raises_is_a_failed_check_under_its_failure_mode() -> None:
    def raising(_: Any) -> CheckResult:
        raise LookupError("no such table")

    hooks = hooks_with(DataQualityCheck("c", AFTER, raising, failure_mode=FailureMode.WARN_ONLY))
    hooks.after_pipeline(PIPELINE, SUCCEEDED)
    (result,) = hooks.results
    assert (result.check_name, result.passed) == ("c", False)
    assert "LookupError: no such table" in result.message


def test_without_a_session_every_due_check_has_failed(timing: CheckTiming) -> None:
    session = FakeSession(OSError("no Java"))
    hooks = hooks_with(check("a", timing), check("b", timing), session=session, stop_on_failure=True)
    with pytest.raises(DataQualityStop, match="2 quality checks failed"):
        MOMENTS[timing](hooks)
    assert ["no Java" in result.message for result in hooks.results] == [True, True]


def test_a_check_of_a_component_that_does_not_exist_fails_at_the_start() -> None:
    hooks = hooks_with(check("c", BETWEEN, component_name="claen"))
    with pytest.raises(DataQualityError) as caught:
        hooks.before_pipeline(PIPELINE)
    assert "expected the name of a component of nyc, got 'claen'" in str(caught.value)
    assert '(did you mean "clean"?)' in str(caught.value)
    assert names(hooks) == ["c"]


@pytest.mark.parametrize("status", [PipelineResultStatus.FAILURE, PipelineResultStatus.PARTIAL_SUCCESS])
def test_nothing_is_checked_after_a_pipeline_that_did_not_succeed(
    status: PipelineResultStatus, caplog: pytest.LogCaptureFixture
) -> None:
    session = FakeSession()
    hooks = hooks_with(check("c", AFTER, passes=False), session=session, stop_on_failure=True)
    hooks.after_pipeline(PIPELINE, PipelineResult(status, "nyc"))
    assert (hooks.results, session.asked) == ([], 0)
    assert caplog.messages == ["Pipeline nyc did not succeed; these quality checks did not run: c"]


class Recorder(NoOpHooks):
    def __init__(self) -> None:
        self.components: list[str] = []

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        self.components.append(config.name)


def test_a_bare_failure_is_kept_as_a_hook_error_and_the_later_hooks_go_on() -> None:
    recorder = Recorder()
    composite = CompositeHooks(hooks_with(check("c", BETWEEN, passes=False)), recorder)
    composite.after_component(CLEAN, 1, 2, 5)
    assert recorder.components == ["clean"]
    assert [type(each.error) for each in composite.errors] == [DataQualityError]


def test_a_stop_keeps_the_later_hooks_from_recording_the_component() -> None:
    recorder = Recorder()
    composite = CompositeHooks(hooks_with(check("c", BETWEEN, passes=False), stop_on_failure=True), recorder)
    with pytest.raises(DataQualityStop):
        composite.after_component(CLEAN, 1, 2, 5)
    assert recorder.components == []


@pytest.mark.parametrize("kind", [DataQualityError, DataQualityStop])
def test_the_error_survives_being_pickled(kind: type[DataQualityError]) -> None:
    first, second = CheckResult("a", False, "bad", {"rows": 3}), CheckResult("b", False, "worse")
    again = pickle.loads(pickle.dumps(kind("a", first, [second])))  # noqa: S301 - our own bytes
    assert type(again) is kind
    assert (again.check_name, again.result, again.results) == ("a", first, (first, second))
    assert str(again) == "2 quality checks failed:\n  a: bad\n  b: worse"
