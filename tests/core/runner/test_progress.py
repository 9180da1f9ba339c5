"""Calls of progress hooks, by a clock of the test, and their errors."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ppf_core.errors import StopPipeline
from ppf_core.runner import CompositeHooks, NoOpHooks, ProgressPace, SimplePipelineRunner
from ppf_core.runner.watching.progress import ProgressWatcher
from ppf_core.runner.watching.run_hooks import RunHooks
from ppf_core.session import JobProgress, SparkSessionWrapper
from tests.support.components import ON_RUN
from tests.support.pipelines import pipeline, step
from tests.support.ticking_clock import Ticking

A, B = step("a"), step("b")
HALF = JobProgress(1, 2, 3, 6)


class Recorder(NoOpHooks):
    """A hook that records components and times of its calls, and raises a given error."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.calls: list[tuple[str, JobProgress, int]] = []
        self.error = error

    def on_component_progress(self, config: Any, progress: JobProgress, elapsed_ms: int) -> None:
        self.calls.append((config.name, progress, elapsed_ms))
        if self.error is not None:
            raise self.error


class Often(Recorder):
    """Has a pace of its own."""

    progress_pace = ProgressPace(1, 1)


class Session(SparkSessionWrapper):
    """Always half-way, or gone."""

    def __init__(self, *, gone: bool = False) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.gone = gone

    @property
    def started(self) -> bool:
        return False

    def watch_jobs(self) -> Any:
        return self

    def progress(self, tag: str) -> JobProgress:
        self.asked.append(tag)
        if self.gone:
            raise ConnectionRefusedError
        return HALF


class Watched:
    """A watcher without its thread: looks when the test says so."""

    def __init__(self, *hooks: Any) -> None:
        self.clock = Ticking()
        self.running = {"a": ("tag-a", self.clock.now)}
        self.session = Session()
        self.hooks = RunHooks(*hooks, session=self.session, job_tag="run")
        self.hooks.before_component(A, 0, 2)
        self.watcher = ProgressWatcher(
            hooks=self.hooks,
            session=self.session,
            components=[A, B],
            running=lambda: self.running,
            pace=ProgressPace(10, 30),
            clock=self.clock,
        )
        self.watcher._jobs = self.session

    def after(self, seconds: float) -> float:
        self.clock.now += seconds
        return self.watcher.poll()


def test_first_after_ten_seconds_then_every_thirty() -> None:
    hook = Recorder()
    watched = Watched(hook)
    for _second in range(100):
        watched.after(1)
    assert hook.calls == [("a", HALF, 10_000), ("a", HALF, 40_000), ("a", HALF, 70_000), ("a", HALF, 100_000)]


def test_spark_is_asked_only_when_somebody_is_to_be_notified() -> None:
    watched = Watched(Recorder())
    for _second in range(39):
        watched.after(1)
    assert watched.session.asked == ["tag-a"]


def test_each_component_has_its_own_times() -> None:
    hook = Recorder()
    watched = Watched(hook)
    watched.after(5)
    watched.running["b"] = ("tag-b", watched.clock.now)
    watched.hooks.before_component(B, 1, 2)
    watched.after(5)
    watched.after(5)
    assert [(name, elapsed) for name, _, elapsed in hook.calls] == [("a", 10_000), ("b", 10_000)]


def test_a_hook_with_a_pace_of_its_own_is_called_at_that_pace() -> None:
    slow, often = Recorder(), Often()
    watched = Watched(slow, often)
    for _second in range(20):
        watched.after(1)
    assert (len(slow.calls), len(often.calls)) == (1, 20)


def test_the_wait_is_until_the_next_is_due_and_no_longer_than_a_new_component_may_take() -> None:
    watched = Watched(Recorder())
    assert watched.after(4) == 6
    assert watched.after(6) == 10, "not 30: by then a component may have begun that is due"


def test_nothing_is_reported_about_a_component_that_has_ended_meanwhile() -> None:
    hook = Recorder()
    watched = Watched(hook)
    watched.hooks.after_component(A, 0, 2, 9_000)
    watched.after(10)
    assert hook.calls == []


@pytest.mark.parametrize("error", [ValueError("full"), StopPipeline("stop")], ids=repr)
def test_a_hook_that_fails_is_listed_once_and_not_called_again(error: Exception) -> None:
    bad, good = Recorder(error), Recorder()
    watched = Watched(bad, good)
    for _second in range(100):
        watched.after(1)
    assert (len(bad.calls), len(good.calls)) == (1, 4)
    assert [str(each.error) for each in watched.hooks.errors] == [str(error)]


def test_a_pace_of_nothing_is_none() -> None:
    with pytest.raises(ValueError, match="above 0"):
        ProgressPace(0, 30)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "ppf-progress"]


def run(hook: Any, session: Any = None) -> Any:
    runner = SimplePipelineRunner(pipeline(A), session, hooks=CompositeHooks(hook))
    return runner.run()


def test_without_a_hook_that_wants_it_nobody_watches() -> None:
    seen: list[list[str]] = []
    ON_RUN["a"] = lambda: seen.append(threads())
    run(NoOpHooks())
    assert seen == [[]]


def test_the_thread_ends_with_the_run() -> None:
    seen: list[list[str]] = []
    ON_RUN["a"] = lambda: seen.append(threads())
    run(Recorder())
    assert seen == [["ppf-progress"]]
    assert threads() == []


class Soon(Recorder):
    """A hook that gets its first report at once, and sets an event."""

    progress_pace = ProgressPace(0.001, 0.001)

    def __init__(self) -> None:
        super().__init__()
        self.notified = threading.Event()

    def on_component_progress(self, *arguments: Any) -> None:
        super().on_component_progress(*arguments)
        self.notified.set()


def test_a_component_that_needs_no_spark_is_reported_too_and_none_is_started_for_it() -> None:
    hook, session = Soon(), SparkSessionWrapper()
    ON_RUN["a"] = lambda: hook.notified.wait(10) or None  # type: ignore[assignment,return-value]  # nobody asks
    assert run(hook, session).hook_errors == []
    assert hook.calls[0][:2] == ("a", JobProgress())
    assert not session.started


class Gone(Session):
    """Its JVM has died."""

    def __init__(self) -> None:
        super().__init__(gone=True)
        self.was_asked = threading.Event()

    @property
    def started(self) -> bool:
        return threading.current_thread().name == "ppf-progress"

    def progress(self, tag: str) -> JobProgress:
        self.was_asked.set()
        return super().progress(tag)

    def close(self) -> None:
        raise ConnectionRefusedError


def test_a_session_that_has_gone_ends_the_watching_and_not_the_run() -> None:
    session = Gone()
    ON_RUN["a"] = lambda: session.was_asked.wait(10) or None  # type: ignore[assignment,return-value]  # nobody asks
    result = run(Soon(), session)
    assert not result.failed_components
    assert result.hook_errors == []
    assert len(session.asked) == 1


class Stuck(Gone):
    """Never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = threading.Event()

    def progress(self, tag: str) -> JobProgress:
        self.was_asked.set()
        self.answer.wait(60)
        return HALF


def test_a_look_that_hangs_does_not_hold_up_the_run() -> None:
    session, hook = Stuck(), Soon()
    ON_RUN["a"] = lambda: session.was_asked.wait(10) or None  # type: ignore[assignment,return-value]  # nobody asks
    assert not run(hook, session).failed_components
    assert threads() == ["ppf-progress"]
    session.answer.set()
    for thread in threading.enumerate():
        if thread.name == "ppf-progress":
            thread.join(10)
    assert hook.calls == [], "the run was over"
