from __future__ import annotations

import contextvars
import signal
import threading
from typing import TYPE_CHECKING

import pytest

from ppf_core.config import RetryConfig
from ppf_core.runner import SimplePipelineRunner, run_interruptibly
from tests.support.components import EVENTS, ON_RUN
from tests.support.hooks import Watcher
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from collections.abc import Iterator


class TimeIsUp(BaseException):
    """As a time limit's signal handler raises it."""


@pytest.fixture
def struck() -> Iterator[None]:
    """Makes SIGUSR1 raise TimeIsUp in the main thread."""

    def strike(number: int, frame: object) -> None:
        raise TimeIsUp

    before = signal.signal(signal.SIGUSR1, strike)
    yield
    signal.signal(signal.SIGUSR1, before)


def strike_main() -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)


def test_it_returns_what_the_run_returns_from_another_thread() -> None:
    assert run_interruptibly(lambda: threading.current_thread().name, print) == "ppf-pipeline"


def test_what_the_run_raises_is_raised() -> None:
    error = KeyboardInterrupt("in the worker")

    def fail() -> None:
        raise error

    with pytest.raises(KeyboardInterrupt) as raised:
        run_interruptibly(fail, print)
    assert raised.value is error


def test_the_run_sees_the_callers_context() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    variable.set("the caller's")
    assert run_interruptibly(variable.get, print) == "the caller's"


@pytest.mark.usefixtures("struck")
def test_an_exception_in_the_waiting_thread_cancels_and_goes_on_once_the_run_has_ended() -> None:
    cancelled, ended = threading.Event(), threading.Event()
    reasons: list[str] = []

    def run() -> None:
        strike_main()
        cancelled.wait(30)
        ended.set()

    def cancel(reason: str) -> None:
        reasons.append(reason)
        cancelled.set()

    with pytest.raises(TimeIsUp):
        run_interruptibly(run, cancel, grace_seconds=30)
    assert ended.is_set()
    assert reasons[0] == "TimeIsUp"


def test_what_the_looking_around_raises_cancels_as_well() -> None:
    cancelled = threading.Event()

    def look() -> None:
        raise TimeIsUp

    with pytest.raises(TimeIsUp):
        run_interruptibly(lambda: cancelled.wait(30), lambda _: cancelled.set(), grace_seconds=30, look=look)
    assert cancelled.is_set()


@pytest.mark.usefixtures("struck")
def test_a_run_that_does_not_end_is_left_alone_after_the_grace() -> None:
    release = threading.Event()

    def run() -> None:
        strike_main()
        release.wait(30)

    with pytest.raises(TimeIsUp):
        run_interruptibly(run, lambda _: None, grace_seconds=0)
    release.set()


@pytest.mark.usefixtures("struck")
def test_a_cancel_that_fails_does_not_hide_the_interruption(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()

    def run() -> None:
        strike_main()
        release.wait(30)

    def cancel(_: str) -> None:
        release.set()
        raise ConnectionRefusedError("the JVM is gone")

    with pytest.raises(TimeIsUp):
        run_interruptibly(run, cancel, grace_seconds=30)
    assert "the JVM is gone" in caplog.text


@pytest.mark.usefixtures("struck")
def test_an_interrupted_pipeline_notifies_its_hooks_and_starts_nothing_more() -> None:
    watcher = Watcher()
    config = pipeline(
        step(
            "a",
            config={"failures": 9},
            retry=RetryConfig(initial_delay_seconds=3600.0, max_delay_seconds=3600.0),
        ),
        step("b"),
    )
    runner = SimplePipelineRunner(config, hooks=watcher, fail_fast=False)
    ON_RUN["a"] = strike_main
    with pytest.raises(TimeIsUp):
        run_interruptibly(runner.run, runner.cancel, grace_seconds=30)
    assert EVENTS == ["run a"]
    assert watcher.names()[-2:] == ["on_component_failure a", "after_pipeline p"]
    assert str(watcher.results[0].error) == "the run was cancelled: TimeIsUp"
