"""Retry: how often, how long, for which errors, and what the caller gets to know."""

from __future__ import annotations

import random
import traceback
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppf_core.config import RetryConfig
from ppf_core.errors import StopPipeline
from ppf_core.resilience import CircuitBreakerOpenError, RetryExecutor, with_retry

_seconds = st.floats(0, 1e6)


class Failing:
    """Fails so many times, then returns its number of calls."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.calls


def seeded(seed: int) -> random.Random:
    return random.Random(seed)


def executor(
    config: RetryConfig | None = None, jitter_factor: float = 0.0
) -> tuple[RetryExecutor, list[float]]:
    slept: list[float] = []
    return RetryExecutor(config or RetryConfig(), jitter_factor, slept.append), slept


@given(
    delays=st.tuples(_seconds, _seconds).map(sorted),
    multiplier=st.floats(1, 1e3),
    jitter_factor=st.floats(0, 1),
    attempt=st.integers(1, 10_000),
    seed=st.integers(),
)
def test_a_delay_is_never_negative_and_never_above_the_maximum(
    delays: list[float], multiplier: float, jitter_factor: float, attempt: int, seed: int
) -> None:
    config = RetryConfig(10, delays[0], delays[1], multiplier)
    delay = RetryExecutor(config, jitter_factor, rng=seeded(seed)).calculate_delay(attempt)
    assert 0 <= delay <= delays[1]


@given(attempt=st.integers(1, 20), seed=st.integers())
def test_jitter_stays_within_its_share_of_the_delay(attempt: int, seed: int) -> None:
    config = RetryConfig(max_delay_seconds=1e9)
    plain = RetryExecutor(config, 0).calculate_delay(attempt)
    jittered = RetryExecutor(config, 0.25, rng=seeded(seed)).calculate_delay(attempt)
    assert plain * 0.75 <= jittered <= plain * 1.25


def test_without_jitter_delays_double_up_to_the_cap() -> None:
    retry = RetryExecutor(RetryConfig(max_delay_seconds=5), jitter_factor=0)
    assert [retry.calculate_delay(attempt) for attempt in (1, 2, 3, 4)] == [1, 2, 4, 5]


def test_jitter_comes_from_the_given_source() -> None:
    same = [RetryExecutor(RetryConfig(), rng=seeded(7)).calculate_delay(1) for _ in range(2)]
    assert same[0] == same[1] != 1


@pytest.mark.parametrize("factor", [-0.1, 1.1])
def test_a_jitter_factor_outside_of_0_to_1_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match=r"from 0 .* to 1, not"):
        RetryExecutor(RetryConfig(), jitter_factor=factor)


def test_attempts_count_from_one() -> None:
    with pytest.raises(ValueError, match="counts from 1, not 0"):
        RetryExecutor(RetryConfig()).calculate_delay(0)


def test_it_returns_what_the_first_try_that_succeeds_returns() -> None:
    retry, slept = executor()
    assert retry.execute(Failing(ValueError("down"), ValueError("down"))) == 3
    assert slept == [1, 2]
    assert retry.retries == 2


def test_after_the_last_try_the_error_itself_is_raised_with_its_traceback() -> None:
    retry, _ = executor()
    last = ValueError("third")
    with pytest.raises(ValueError, match="third") as caught:
        retry.execute(Failing(ValueError("first"), ValueError("second"), last))
    assert caught.value is last
    assert caught.value.__cause__ is None
    assert "__call__" in {frame.name for frame in traceback.extract_tb(last.__traceback__)}


def test_retries_are_right_after_exhaustion() -> None:
    retry, slept = executor()
    failing = Failing(*[ValueError("down")] * 9)
    with pytest.raises(ValueError, match="down"):
        retry.execute(failing)
    assert (failing.calls, retry.retries, len(slept)) == (3, 2, 2)


def test_retries_are_those_of_the_latest_execute() -> None:
    retry, _ = executor()
    retry.execute(Failing(ValueError("down")))
    retry.execute(Failing())
    assert retry.retries == 0


def test_on_retry_is_called_before_each_wait() -> None:
    events: list[object] = []
    retry = RetryExecutor(RetryConfig(), 0, events.append)
    errors = [ValueError("a"), OSError("b")]

    def on_retry(attempt: int, max_attempts: int, delay_ms: int, error: Exception) -> None:
        events.append((attempt, max_attempts, delay_ms, error))

    retry.execute(Failing(*errors), on_retry)
    assert events == [(1, 3, 1000, errors[0]), 1.0, (2, 3, 2000, errors[1]), 2.0]


def test_one_attempt_means_no_retry() -> None:
    retry, slept = executor(RetryConfig(max_attempts=1))
    with pytest.raises(ValueError, match="down"):
        retry.execute(Failing(ValueError("down")))
    assert (retry.retries, slept) == (0, [])


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), GeneratorExit()], ids=repr)
def test_an_interruption_passes_through_at_once(error: BaseException) -> None:
    retry, _ = executor(RetryConfig(retry_on_exceptions=["BaseException"]))
    failing = Failing(error)
    with pytest.raises(type(error)) as caught:
        retry.execute(failing)
    assert caught.value is error
    assert failing.calls == 1


def test_what_the_sleep_raises_ends_the_retries() -> None:
    def interrupted(_: float) -> None:
        raise InterruptedError("stop waiting")

    retry, failing = RetryExecutor(RetryConfig(), sleep_func=interrupted), Failing(ValueError("down"))
    with pytest.raises(InterruptedError):
        retry.execute(failing)
    assert (failing.calls, retry.retries) == (1, 0)


def test_what_on_retry_raises_ends_the_retries() -> None:
    def stop(*_: object) -> None:
        raise StopPipeline("enough")

    retry, slept = executor()
    with pytest.raises(StopPipeline):
        retry.execute(Failing(ValueError("down")), stop)
    assert slept == []


@pytest.mark.parametrize("error", [CircuitBreakerOpenError("x", 3), StopPipeline("x")], ids=repr)
def test_an_open_breaker_and_an_order_to_stop_end_the_retries(error: Exception) -> None:
    retry, _ = executor(RetryConfig(retry_on_exceptions=["Exception", type(error).__name__]))
    failing = Failing(ValueError("down"), error)
    with pytest.raises(type(error)):
        retry.execute(failing)
    assert failing.calls == 2


class LostError(ConnectionResetError):
    """An error of a module of its own."""


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("LostError", True),
        (f"{__name__}.LostError", True),
        ("ConnectionResetError", True),
        ("OSError", True),
        ("builtins.OSError", True),
        ("IOError", True),
        ("socket.error", True),
        ("Exception", True),
        ("TimeoutError", False),
        ("object", False),
        ("print", False),
        ("elsewhere.LostError", False),
        ("NoSuchError", False),
        ("no.such.module.Error", False),
        ("", False),
    ],
)
def test_an_error_is_retried_if_a_name_fits_one_of_its_classes(name: str, matches: bool) -> None:
    assert RetryExecutor(_named(name)).is_retryable(LostError()) is matches


def _named(name: str) -> RetryConfig:
    return replace(RetryConfig(), retry_on_exceptions=[name]) if name else RetryConfig(retry_on_exceptions=[])


def test_a_name_as_users_import_it_matches_the_subclass_that_is_raised() -> None:
    pytest.importorskip("pyspark.errors")
    from pyspark.errors.exceptions.captured import AnalysisException

    error = AnalysisException.__new__(AnalysisException)
    assert RetryExecutor(_named("pyspark.errors.AnalysisException")).is_retryable(error)


def test_an_error_no_name_fits_is_raised_at_once() -> None:
    retry, _ = executor(RetryConfig(retry_on_exceptions=["OSError"]))
    failing = Failing(ValueError("down"))
    with pytest.raises(ValueError, match="down"):
        retry.execute(failing)
    assert failing.calls == 1


def test_the_decorator_retries_each_call_and_keeps_the_signature() -> None:
    slept: list[float] = []
    delays: list[int] = []
    failing = Failing(ValueError("down"), ValueError("down"))

    def on_retry(attempt: int, _max: int, _delay_ms: int, _error: Exception) -> None:
        delays.append(attempt)

    @with_retry(RetryConfig(), 0, slept.append, on_retry=on_retry)
    def add(number: int, *, two: int) -> int:
        """Add them."""
        return failing() + number + two

    result: int = add(10, two=20)
    assert (result, slept, delays) == (33, [1, 2], [1, 2])
    assert add.__doc__ == "Add them."
