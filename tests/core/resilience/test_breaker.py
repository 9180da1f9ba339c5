"""The circuit breaker: its states, its limits, under threads too."""

from __future__ import annotations

import contextlib
import itertools
import pickle
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ppf_core.config import CircuitBreakerConfig
from ppf_core.errors import StopPipeline
from ppf_core.resilience import CircuitBreaker, CircuitBreakerOpenError, CircuitState

if TYPE_CHECKING:
    from collections.abc import Callable

CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN
Change = tuple[CircuitState, CircuitState]


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A breaker with default settings, its clock, and the calls of its callback."""

    def __init__(self, config: CircuitBreakerConfig | None = None) -> None:
        self.clock = FakeClock()
        self.changes: list[Change] = []
        self.breaker = CircuitBreaker(
            config or CircuitBreakerConfig(), "db", lambda *change: self.changes.append(change), self.clock
        )

    def open(self) -> CircuitBreaker:
        for _ in range(self.breaker.config.failure_threshold):
            self.breaker.record_failure()
        return self.breaker

    def half_open(self) -> CircuitBreaker:
        self.open()
        self.clock.now += self.breaker.config.timeout_seconds
        return self.breaker


def fail() -> None:
    raise ValueError("down")


def succeed() -> str:
    return "up"


def test_default_settings_open_half_open_and_close_again() -> None:
    watched = Watched()
    breaker = watched.breaker
    for _ in range(5):
        assert breaker.state is CLOSED
        with pytest.raises(ValueError, match="down"):
            breaker.call(fail)
    assert breaker.state is OPEN
    watched.clock.now += 60
    assert breaker.call(succeed) == "up"
    assert breaker.state is HALF_OPEN
    assert breaker.call(succeed) == "up"
    assert breaker.state is CLOSED
    assert watched.changes == [(CLOSED, OPEN), (OPEN, HALF_OPEN), (HALF_OPEN, CLOSED)]


def test_an_open_breaker_refuses_without_calling_and_says_how_long() -> None:
    watched = Watched()
    breaker, called = watched.open(), []
    watched.clock.now += 17.5
    with pytest.raises(CircuitBreakerOpenError, match=r"'db'.*another 42\.5 s") as caught:
        breaker.call(lambda: called.append(1))
    assert called == []
    assert (caught.value.component_name, caught.value.time_until_reset) == ("db", 42.5)
    assert breaker.time_until_reset == 42.5


def test_the_refusal_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(CircuitBreakerOpenError("db", 42.5)))  # noqa: S301 - made right here
    assert (str(error), error.time_until_reset) == (str(CircuitBreakerOpenError("db", 42.5)), 42.5)


def test_time_until_reset_is_zero_unless_open() -> None:
    watched = Watched()
    assert watched.breaker.time_until_reset == 0
    assert watched.half_open().time_until_reset == 0


def test_a_success_in_between_starts_the_count_of_failures_again() -> None:
    breaker = Watched().breaker
    for _ in range(4):
        breaker.record_failure()
    breaker.record_success()
    for _ in range(4):
        breaker.record_failure()
    assert breaker.state is CLOSED
    breaker.record_failure()
    assert breaker.state is OPEN


def test_a_failed_trial_opens_again_for_the_whole_time() -> None:
    breaker = Watched().half_open()
    with pytest.raises(ValueError, match="down"):
        breaker.call(fail)
    assert breaker.state is OPEN
    assert breaker.time_until_reset == 60


def test_reading_the_state_is_enough_to_notice_that_the_time_is_over() -> None:
    watched = Watched()
    breaker = watched.half_open()
    assert watched.changes == [(CLOSED, OPEN)]
    assert breaker.state is HALF_OPEN
    assert watched.changes == [(CLOSED, OPEN), (OPEN, HALF_OPEN)]


def test_results_recorded_while_open_change_nothing() -> None:
    watched = Watched()
    breaker = watched.open()
    watched.clock.now += 30
    breaker.record_failure()
    breaker.record_success()
    assert (breaker.state, breaker.time_until_reset) == (OPEN, 30)


def test_reset_closes_and_forgets() -> None:
    watched = Watched()
    breaker = watched.open()
    breaker.reset()
    breaker.record_failure()
    assert breaker.state is CLOSED
    assert watched.changes == [(CLOSED, OPEN), (OPEN, CLOSED)]
    breaker.reset()
    assert len(watched.changes) == 2


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interrupted_trial_frees_its_place_and_says_nothing(interruption: type[BaseException]) -> None:
    breaker = Watched().half_open()

    def interrupted() -> None:
        raise interruption

    for _ in range(3):
        with pytest.raises(interruption):
            breaker.call(interrupted)
    assert breaker.state is HALF_OPEN
    assert breaker.call(succeed) == "up"


def test_an_interruption_does_not_count_as_a_failure() -> None:
    breaker = Watched(CircuitBreakerConfig(failure_threshold=1)).breaker
    with pytest.raises(KeyboardInterrupt):
        breaker.call(lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    assert breaker.state is CLOSED


def test_a_callback_may_use_the_breaker() -> None:
    seen: list[CircuitState] = []

    def callback(_old: CircuitState, _new: CircuitState) -> None:
        seen.append(breaker.state)
        assert breaker.time_until_reset >= 0
        repr(breaker)

    clock = FakeClock()
    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1), "db", callback, clock)
    breaker.record_failure()
    clock.now += 60
    breaker.call(succeed)
    breaker.call(succeed)
    assert seen == [OPEN, HALF_OPEN, CLOSED]


def test_a_callback_that_changes_the_state_is_called_for_it_in_order() -> None:
    changes: list[Change] = []

    def callback(*change: CircuitState) -> None:
        changes.append(change)  # type: ignore[arg-type]
        if change[1] is OPEN:
            breaker.reset()

    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1), "db", callback)
    breaker.record_failure()
    assert changes == [(CLOSED, OPEN), (OPEN, CLOSED)]


def test_what_a_callback_raises_is_logged_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def callback(*_: object) -> None:
        raise RuntimeError("broken callback")

    breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1), "db", callback)
    with pytest.raises(ValueError, match="down"):
        breaker.call(fail)
    assert breaker.state is OPEN
    assert "broken callback" in caplog.text


def test_an_order_to_stop_from_a_callback_goes_through_and_takes_no_place() -> None:
    watched = Watched()
    watched.half_open()
    orders = [StopPipeline("enough")]

    def callback(*_: object) -> None:
        if orders:
            raise orders.pop()

    watched.breaker._on_state_change = callback
    with pytest.raises(StopPipeline):
        watched.breaker.call(succeed)
    assert watched.breaker.call(succeed) == "up"


class Held:
    """A call in a separate thread, which runs until the test ends it."""

    def __init__(self, breaker: CircuitBreaker) -> None:
        self._begun, self._end = threading.Event(), threading.Event()
        self._fails = False
        self.outcome: BaseException | None = None
        self._thread = threading.Thread(target=self._call, args=(breaker,), daemon=True)
        self._thread.start()
        assert self._begun.wait(10)

    def _call(self, breaker: CircuitBreaker) -> None:
        try:
            breaker.call(self._work)
        except (ValueError, CircuitBreakerOpenError) as error:
            self.outcome = error
            self._begun.set()

    def _work(self) -> None:
        self._begun.set()
        assert self._end.wait(10)
        if self._fails:
            fail()

    def end(self, *, fails: bool = False) -> None:
        self._fails = fails
        self._end.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


def test_no_more_trials_than_allowed_are_under_way_at_once() -> None:
    breaker = Watched(CircuitBreakerConfig(half_open_max_calls=2)).half_open()
    first, second, third = Held(breaker), Held(breaker), Held(breaker)
    assert isinstance(third.outcome, CircuitBreakerOpenError)
    assert third.outcome.time_until_reset == 0
    assert "half-open" in str(third.outcome)
    third.end()
    first.end()
    assert breaker.call(succeed) == "up"
    second.end()
    assert breaker.state is CLOSED


def test_calls_do_not_wait_for_each_other_while_closed() -> None:
    breaker = Watched().breaker
    held = [Held(breaker) for _ in range(8)]
    for call in held:
        call.end()
    assert [call.outcome for call in held] == [None] * 8


@pytest.mark.parametrize("fails", [True, False], ids=["fails", "succeeds"])
def test_a_straggler_from_before_the_breaker_opened_counts_for_nothing(fails: bool) -> None:
    watched = Watched(CircuitBreakerConfig(success_threshold=1))
    straggler = Held(watched.breaker)
    breaker = watched.half_open()
    assert breaker.state is HALF_OPEN
    straggler.end(fails=fails)
    assert breaker.state is HALF_OPEN
    trial = Held(breaker)
    with pytest.raises(CircuitBreakerOpenError):
        breaker.call(succeed)
    trial.end()
    assert breaker.state is CLOSED


def test_under_many_threads_every_change_follows_from_the_one_before() -> None:
    changes: list[Change] = []
    config = CircuitBreakerConfig(
        failure_threshold=2, success_threshold=2, timeout_seconds=0, half_open_max_calls=2
    )
    breaker = CircuitBreaker(config, "db", lambda *change: changes.append(change))

    def run() -> None:
        for turn in range(400):
            with contextlib.suppress(ValueError, CircuitBreakerOpenError):
                breaker.call(fail if turn % 5 < 3 else succeed)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert changes[0] == (CLOSED, OPEN)
    assert all(before[1] is after[0] for before, after in itertools.pairwise(changes))
    assert set(changes) == {(CLOSED, OPEN), (OPEN, HALF_OPEN), (HALF_OPEN, OPEN), (HALF_OPEN, CLOSED)}
    breaker.reset()
    assert breaker.call(succeed) == "up"


class BreakerMachine(RuleBasedStateMachine):
    """States of a breaker under random calls, compared with the diagram in its docstring."""

    @initialize(
        failures=st.integers(1, 3),
        successes=st.integers(1, 3),
        at_once=st.integers(1, 3),
        timeout=st.integers(1, 9),
    )
    def make(self, failures: int, successes: int, at_once: int, timeout: int) -> None:
        self.watched = Watched(CircuitBreakerConfig(failures, successes, timeout, at_once))
        self.breaker = self.watched.breaker
        self.resets = 0

    @rule(seconds=st.floats(0, 10))
    def wait(self, seconds: float) -> None:
        self.watched.clock.now += seconds

    @rule(function=st.sampled_from([fail, succeed]))
    def call(self, function: Callable[[], object]) -> None:
        state = self.breaker.state
        try:
            self.breaker.call(function)
        except ValueError:
            assert function is fail
        except CircuitBreakerOpenError:
            assert state is OPEN
        else:
            assert state is not OPEN

    @rule()
    def success(self) -> None:
        self.breaker.record_success()

    @rule()
    def failure(self) -> None:
        self.breaker.record_failure()

    @precondition(lambda self: self.breaker.state is not CLOSED)
    @rule()
    def reset(self) -> None:
        self.breaker.reset()
        assert self.watched.changes.pop()[1] is CLOSED
        self.watched.changes.append((self.watched.changes[-1][1], CLOSED))
        self.resets += 1

    @invariant()
    def never_skips_a_state(self) -> None:
        if not hasattr(self, "watched"):
            return
        state, changes = self.breaker.state, self.watched.changes
        expected = CLOSED
        skips = 0
        for old, new in changes:
            assert old is expected
            skips += (old, new) == (OPEN, CLOSED)
            assert (old, new) != (CLOSED, HALF_OPEN)
            expected = new
        assert state is expected
        assert skips <= self.resets
        assert (self.breaker.time_until_reset > 0) == (state is OPEN)


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
