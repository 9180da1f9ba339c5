"""Circuit breaker: refuses calls after repeated failures, and allows trial calls later."""

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
    """A circuit breaker; threads may share it.

        CLOSED     -> OPEN       after `failure_threshold` failures in a row
        OPEN       -> HALF_OPEN  once `timeout_seconds` have passed
        HALF_OPEN  -> CLOSED     after `success_threshold` successes
        HALF_OPEN  -> OPEN       at the first failure
        any        -> CLOSED     by `reset()`

    There is no timer: an open breaker becomes half-open, and calls `on_state_change`, at the first call, `record_...`
    or read of `state` after the time has passed.

    A half-open breaker allows at most `half_open_max_calls` *concurrent* calls. The result of a call counts only if
    the breaker has not changed its state since the call began: a call from before the breaker opened neither closes
    nor reopens it.

    Args:
        config: The thresholds.
        name: The name in errors and logs, such as the component's.
        on_state_change: Called with the old and the new state, by a single thread at a time and in the order of the
            changes. The lock is not held, so it may use the breaker. Its exceptions are logged and have no effect,
            except `StopPipeline`, which is raised.
        clock: Monotonic seconds (default: `time.monotonic`).
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
        self._phase = 0  # counts the changes, so that a call detects that its phase is over
        self._failures = 0
        self._successes = 0
        self._running_calls = 0
        self._opened_at = 0.0
        self._pending_changes: deque[tuple[CircuitState, CircuitState]] = deque()
        self._notifying = False

    def __repr__(self) -> str:
        return f"CircuitBreaker({self.name!r}, {self._state.value})"

    @property
    def state(self) -> CircuitState:
        """The current state; reading it makes an open breaker half-open once its time is over."""
        with self._lock:
            self._check_time()
            state = self._state
        self._notify()
        return state

    @property
    def time_until_reset(self) -> float:
        """Seconds until an open breaker allows trial calls; 0 in any other state."""
        with self._lock:
            return self._remaining()

    def call(self, func: Callable[[], T]) -> T:
        """Call `func` if the state allows it; an `Exception` counts as a failure and is raised.

        Other exceptions (an interruption) do not depend on `func`: they count as neither success nor failure.

        Raises:
            CircuitBreakerOpenError: `func` was not called.
        """
        with self._lock:
            self._check_time()
            refusal = CircuitBreakerOpenError(self.name, self._remaining()) if self._refused() else None
            phase = self._phase
            self._running_calls += refusal is None
        succeeded: bool | None = None
        try:
            self._notify()
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
            self._check_time()
            self._count(succeeded=True)
        self._notify()

    def record_failure(self) -> None:
        """Count a failure that happened outside of `call`; without effect on an open breaker."""
        with self._lock:
            self._check_time()
            self._count(succeeded=False)
        self._notify()

    def reset(self) -> None:
        """Close the breaker and reset its counts; calls that still run do not count."""
        with self._lock:
            self._enter(CircuitState.CLOSED)
        self._notify()

    def _end(self, phase: int, succeeded: bool | None) -> None:
        with self._lock:
            if phase == self._phase:
                self._running_calls -= 1
                if succeeded is not None:
                    self._count(succeeded=succeeded)
        self._notify()

    # The methods up to _notify are called with the lock held.

    def _remaining(self) -> float:
        if self._state is not CircuitState.OPEN:
            return 0.0
        return max(0.0, self._opened_at + self.config.timeout_seconds - self._clock())

    def _check_time(self) -> None:
        if self._state is CircuitState.OPEN and self._remaining() <= 0:
            self._enter(CircuitState.HALF_OPEN)

    def _refused(self) -> bool:
        if self._state is CircuitState.HALF_OPEN:
            return self._running_calls >= self.config.half_open_max_calls
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
        self._failures = self._successes = self._running_calls = 0
        if new is CircuitState.OPEN:
            self._opened_at = self._clock()
        if old is not new:
            self._pending_changes.append((old, new))

    def _notify(self) -> None:
        # A single thread at a time notifies for all, so that the callback sees the changes in order. Changes that the
        # callback itself makes are handled by the loop that called it.
        while True:
            with self._lock:
                if self._notifying or not self._pending_changes:
                    return
                self._notifying = True
                old, new = self._pending_changes.popleft()
            try:
                logger.info("Circuit breaker of %s: %s -> %s", self.name, old.value, new.value)
                if self._on_state_change is not None:
                    self._on_state_change(old, new)
            except StopPipeline:
                raise
            except Exception:
                logger.exception(
                    "The callback of %s's circuit breaker failed; the state is not affected", self.name
                )
            finally:
                with self._lock:
                    self._notifying = False
