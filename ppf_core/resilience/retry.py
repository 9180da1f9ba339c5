"""Tries again, later and later."""

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
"""Called before a retry's wait: which try failed (from 1), tries at most, wait in milliseconds, the error."""


class RetryExecutor:
    """Calls a function until it succeeds, its error is not worth a retry, or its tries are used up.

    Args:
        config: How often, how long, and for which errors.
        jitter_factor: By which part of itself, 0 to 1, a delay is lengthened or shortened at random, so that
            many who failed together do not all come back together.
        sleep_func: Waits the seconds it is given; what it raises ends the retries. `time.sleep` unless given.
        rng: Where the jitter comes from.

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
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, guards nothing
        self._retries = 0

    @property
    def retries(self) -> int:
        """How many retries the latest `execute` has begun, also when the last of them failed."""
        return self._retries

    def execute(self, func: Callable[[], T], on_retry: OnRetry | None = None) -> T:
        """Call `func`, again if need be, and return what it returns.

        The error of the last try is raised as it is. What is no `Exception`, and what `on_retry` or the sleep
        raise, goes through at once. One thread at a time may use an executor.
        """
        max_attempts = self.config.max_attempts
        self._retries = 0

        def tell(state: tenacity.RetryCallState) -> None:
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
            before_sleep=tell,
            reraise=True,
        )
        return retrying(func)

    def calculate_delay(self, attempt: int) -> float:
        """Seconds to wait after try number `attempt` (from 1) failed, never above `max_delay_seconds`.

        Exponential backoff with a cap, then jitter: `min(max, initial * multiplier ** (attempt - 1))`, times
        a random factor within `1 - jitter_factor` and `1 + jitter_factor`, capped again.

        Raises:
            ValueError: `attempt` is below 1.
        """
        if attempt < 1:
            raise ValueError(f"attempt counts from 1, not {attempt!r}")
        config = self.config
        try:
            delay = config.initial_delay_seconds * config.backoff_multiplier ** (attempt - 1)
        except OverflowError:  # beyond what a float holds, and so beyond any cap
            delay = config.max_delay_seconds if config.initial_delay_seconds else 0.0
        delay = min(delay, config.max_delay_seconds)
        delay *= 1 + self._rng.uniform(-self.jitter_factor, self.jitter_factor)
        return max(0.0, min(delay, config.max_delay_seconds))

    def is_retryable(self, error: BaseException) -> bool:
        """Whether one of `retry_on_exceptions` names a class of `error`.

        A name is that of the error's class or of any class it derives from, alone (`TimeoutError`, whichever
        module's) or with its module (`pyspark.errors.AnalysisException`; a module that only passes the class
        on will do). Nothing is imported to find a class: a name that fits no class of the error, be it
        misspelt, does not match.

        An open circuit breaker and a `StopPipeline` are never worth a retry, nor is what is no `Exception`.
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
    """A decorator: each call is executed by a `RetryExecutor` of its own; arguments as there."""

    def decorate(func: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(func)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
            executor = RetryExecutor(config, jitter_factor, sleep_func, rng=rng)
            return executor.execute(lambda: func(*args, **kwargs), on_retry)

        return wrapper

    return decorate


def _lookup(name: str) -> object:
    """What `name` stands for in a module loaded already: finds re-exports, and aliases such as `IOError`."""
    module, _, attribute = name.rpartition(".")
    loaded = sys.modules.get(module) if module else builtins
    return vars(loaded).get(attribute) if loaded is not None else None
