"""Stops calling what keeps failing, and tries it out again later."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from ppf_core.errors import StopPipeline

from .errors import CircuitBreakerOpenError
from .state import CircuitState

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppf_core.clock import Clock
    from ppf_core.config import CircuitBreakerConfig

__all__ = ["CircuitBreaker"]

logger = logging.getLogger(__name__)

T = TypeVar("T")


class CircuitBreaker:
    """A circuit breaker; any number of threads may share one.

        CLOSED     -> OPEN       after `failure_threshold` failures in a row
        OPEN       -> HALF_OPEN  once `timeout_seconds` have passed
        HALF_OPEN  -> CLOSED     after `success_threshold` successes
        HALF_OPEN  -> OPEN       at the first failure
        any        -> CLOSED     by `reset()`

    No timer runs: that the time has passed is noticed by whatever looks next, a call, a `record_...` or a read
    of `state`, and only then is `on_state_change` told.

    When half-open, at most `half_open_max_calls` calls are under way *at one moment*; each frees its place
    however it ends. What a call says counts only if the breaker is still in the very phase in which the call
    began: a straggler from before the breaker opened neither closes nor reopens it.

    Args:
        config: The thresholds.
        name: Whose breaker it is, for errors and logs.
        on_state_change: Called with the old and the new state, one call at a time and in the order of the
            changes, never while the lock is held, so it may use the breaker. What it raises is logged and
            changes nothing, except `StopPipeline`, which goes through.
        clock: Monotonic seconds; `time.monotonic` unless given.
    """

    def __init__(
        self,
        config: CircuitBreakerConfig,
        name: str = "default",
        on_state_change: Callable[[CircuitState, CircuitState], None] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.config = config
        self.name = name
        self._on_state_change = on_state_change
        self._clock = clock or time.monotonic
        self._lock = threading.Lock()
        self._state = CircuitState.CLOSED
        self._phase = 0  # counts the changes, so that a call can tell whether its own phase is over
        self._failures = 0
        self._successes = 0
        self._under_way = 0
        self._opened_at = 0.0
        self._untold: deque[tuple[CircuitState, CircuitState]] = deque()
        self._telling = False

    def __repr__(self) -> str:
        return f"CircuitBreaker({self.name!r}, {self._state.value})"

    @property
    def state(self) -> CircuitState:
        """The state now; reading it is enough for an open breaker to notice that its time is over."""
        with self._lock:
            self._notice_time()
            state = self._state
        self._tell()
        return state

    @property
    def time_until_reset(self) -> float:
        """Seconds until an open breaker lets trial calls through; 0 in any other state."""
        with self._lock:
            return self._remaining()

    def call(self, func: Callable[[], T]) -> T:
        """Call `func` if the state allows it; an `Exception` from it is a failure and goes on to the caller.

        What is no `Exception` (an interruption) says nothing about the thing called: it counts as neither.

        Raises:
            CircuitBreakerOpenError: `func` was not called.
        """
        with self._lock:
            self._notice_time()
            refusal = CircuitBreakerOpenError(self.name, self._remaining()) if self._refused() else None
            phase = self._phase
            self._under_way += refusal is None
        succeeded: bool | None = None
        try:
            self._tell()
            if refusal is not None:
                raise refusal
            try:
                result = func()
            except Exception:
                succeeded = False
                raise
            succeeded = True
        finally:
            if refusal is None:
                self._end(phase, succeeded)
        return result

    def record_success(self) -> None:
        """Count a success that happened outside of `call`; without effect on an open breaker."""
        with self._lock:
            self._notice_time()
            self._count(succeeded=True)
        self._tell()

    def record_failure(self) -> None:
        """Count a failure that happened outside of `call`; without effect on an open breaker."""
        with self._lock:
            self._notice_time()
            self._count(succeeded=False)
        self._tell()

    def reset(self) -> None:
        """Close the breaker and forget what it counted, calls still under way included."""
        with self._lock:
            self._enter(CircuitState.CLOSED)
        self._tell()

    def _end(self, phase: int, succeeded: bool | None) -> None:
        with self._lock:
            if phase == self._phase:
                self._under_way -= 1
                if succeeded is not None:
                    self._count(succeeded=succeeded)
        self._tell()

    # What follows, up to _tell, is called with the lock held.

    def _remaining(self) -> float:
        if self._state is not CircuitState.OPEN:
            return 0.0
        return max(0.0, self._opened_at + self.config.timeout_seconds - self._clock())

    def _notice_time(self) -> None:
        if self._state is CircuitState.OPEN and self._remaining() <= 0:
            self._enter(CircuitState.HALF_OPEN)

    def _refused(self) -> bool:
        if self._state is CircuitState.HALF_OPEN:
            return self._under_way >= self.config.half_open_max_calls
        return self._state is CircuitState.OPEN

    def _count(self, *, succeeded: bool) -> None:
        if self._state is CircuitState.CLOSED:
            self._failures = 0 if succeeded else self._failures + 1
            if self._failures >= self.config.failure_threshold:
                self._enter(CircuitState.OPEN)
        elif self._state is CircuitState.HALF_OPEN:
            self._successes += 1
            if not succeeded:
                self._enter(CircuitState.OPEN)
            elif self._successes >= self.config.success_threshold:
                self._enter(CircuitState.CLOSED)

    def _enter(self, new: CircuitState) -> None:
        old, self._state = self._state, new
        self._phase += 1
        self._failures = self._successes = self._under_way = 0
        if new is CircuitState.OPEN:
            self._opened_at = self._clock()
        if old is not new:
            self._untold.append((old, new))

    def _tell(self) -> None:
        # One thread at a time does the telling, for all, so that the order told is the order that happened; a
        # callback that changes the state again is told by the loop it is called from.
        while True:
            with self._lock:
                if self._telling or not self._untold:
                    return
                self._telling = True
                old, new = self._untold.popleft()
            try:
                logger.info("Circuit breaker of %s: %s -> %s", self.name, old.value, new.value)
                if self._on_state_change is not None:
                    self._on_state_change(old, new)
            except StopPipeline:
                raise
            except Exception:
                logger.exception("The callback of %s's circuit breaker failed; nothing changes", self.name)
            finally:
                with self._lock:
                    self._telling = False
