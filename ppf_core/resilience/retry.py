"""Retry with exponential backoff and jitter."""

from __future__ import annotations

import builtins
import functools
import random
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import tenacity

from ppf_core.errors import StopPipeline

from .errors import CircuitBreakerOpenError

if TYPE_CHECKING:
    from ppf_core.clock import Sleep
    from ppf_core.config import RetryConfig

__all__ = ["RetryExecutor", "with_retry"]

P = ParamSpec("P")
T = TypeVar("T")

OnRetry = Callable[[int, int, int, Exception], None]
"""Called before the wait for a retry: failed attempt (from 1), maximum of attempts, wait in milliseconds, error."""


class RetryExecutor:
    """Calls a function until it succeeds, its error is not retryable, or its attempts are used up.

    Args:
        config: The attempts, the delays, and the errors to retry.
        jitter_factor: The largest random change of a delay, as a part (0 to 1) of the delay, so that clients that
            failed together do not all retry together.
        sleep_func: Waits for a number of seconds (default: `time.sleep`); an exception from it ends the retries.
        rng: The random generator of the jitter.

    Raises:
        ValueError: `jitter_factor` is not from 0 to 1.
    """

    def __init__(
        self,
        config: RetryConfig,
        jitter_factor: float = 0.25,
        sleep_func: Sleep | None = None,
        *,
        rng: random.Random | None = None,
    ) -> None:
        if not 0 <= jitter_factor <= 1:
            raise ValueError(f"jitter_factor must be from 0 (none) to 1, not {jitter_factor!r}")
        self.config = config
        self.jitter_factor = jitter_factor
        self._sleep = sleep_func or time.sleep
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, not security
        self._retries = 0

    @property
    def retries(self) -> int:
        """Number of retries that the latest `execute` has started, also if the last retry failed."""
        return self._retries

    def execute(self, func: Callable[[], T], on_retry: OnRetry | None = None) -> T:
        """Call `func` until an attempt succeeds, and return its result.

        The error of the last attempt is raised unchanged. Exceptions that are no `Exception`, and those of `on_retry`
        and of the sleep, are raised at once. An executor is not thread-safe.
        """
        max_attempts = self.config.max_attempts
        self._retries = 0

        def notify(state: tenacity.RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            if on_retry is not None and isinstance(error, Exception):
                on_retry(state.attempt_number, max_attempts, round(state.upcoming_sleep * 1000), error)

        def count(state: tenacity.RetryCallState) -> None:
            self._retries = state.attempt_number - 1

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(max_attempts),
            wait=lambda state: self.calculate_delay(state.attempt_number),
            retry=tenacity.retry_if_exception(self.is_retryable),
            sleep=self._sleep,
            before=count,
            before_sleep=notify,
            reraise=True,
        )
        return retrying(func)

    def calculate_delay(self, attempt: int) -> float:
        """Return the seconds to wait after attempt `attempt` (from 1) failed, at most `max_delay_seconds`.

        Exponential backoff with a cap, then jitter: `min(max, initial * multiplier ** (attempt - 1))`, times
        a random factor between `1 - jitter_factor` and `1 + jitter_factor`, capped again.

        Raises:
            ValueError: `attempt` is below 1.
        """
        if attempt < 1:
            raise ValueError(f"attempt counts from 1, not {attempt!r}")
        config = self.config
        try:
            delay = config.initial_delay_seconds * config.backoff_multiplier ** (attempt - 1)
        except OverflowError:  # larger than any float, and so larger than any cap
            delay = config.max_delay_seconds if config.initial_delay_seconds else 0.0
        delay = min(delay, config.max_delay_seconds)
        delay *= 1 + self._rng.uniform(-self.jitter_factor, self.jitter_factor)
        return max(0.0, min(delay, config.max_delay_seconds))

    def is_retryable(self, error: BaseException) -> bool:
        """Return whether `retry_on_exceptions` names the class of `error` or one of its base classes.

        A name is a class name alone (`TimeoutError`, of any module) or with a module
        (`pyspark.errors.AnalysisException`); the module may re-export the class. Nothing is imported to find a class,
        so a misspelled name does not match.

        `CircuitBreakerOpenError`, `StopPipeline` and exceptions that are no `Exception` are never retried.
        """
        if not isinstance(error, Exception) or isinstance(error, CircuitBreakerOpenError | StopPipeline):
            return False
        classes = [cls for cls in type(error).__mro__ if issubclass(cls, BaseException)]
        names = {cls.__name__ for cls in classes} | {
            f"{cls.__module__}.{cls.__qualname__}" for cls in classes
        }
        return any(name in names or _lookup(name) in classes for name in self.config.retry_on_exceptions)


def with_retry(
    config: RetryConfig,
    jitter_factor: float = 0.25,
    sleep_func: Sleep | None = None,
    *,
    on_retry: OnRetry | None = None,
    rng: random.Random | None = None,
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorate a function so that each call has its own `RetryExecutor`, with these arguments."""

    def decorate(func: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(func)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
            executor = RetryExecutor(config, jitter_factor, sleep_func, rng=rng)
            return executor.execute(lambda: func(*args, **kwargs), on_retry)

        return wrapper

    return decorate


def _lookup(name: str) -> object:
    """Return the value of `name` in a loaded module; finds re-exports, and aliases such as `IOError`."""
    module, _, attribute = name.rpartition(".")
    loaded = sys.modules.get(module) if module else builtins
    return vars(loaded).get(attribute) if loaded is not None else None
