"""Attempts of a component inside a try: its retry block around its circuit breaker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.resilience import CircuitBreaker, RetryExecutor

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppf_core.clock import Clock, Sleep
    from ppf_core.config import ComponentConfig
    from ppf_core.resilience import CircuitState
    from ppf_core.runner.watching.run_hooks import RunHooks
    from ppf_core.secrets import SecretsResolver

    from .cancellation import Cancellation

__all__ = ["ComponentAttempts"]


class ComponentAttempts:
    """Calls a component until it succeeds or its retry block gives up: retry outside, circuit breaker inside.

    Args:
        component: The component.
        hooks: Are notified of each retry and of the breaker's changes.
        secrets: Keep secrets out of the errors that hooks see.
        cancellation: Ends the retries when it is set.
        clock: Monotonic seconds.
        sleep: Waits the seconds before a retry.
    """

    def __init__(
        self,
        component: ComponentConfig,
        *,
        hooks: RunHooks,
        secrets: SecretsResolver,
        cancellation: Cancellation,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._component = component
        self._hooks = hooks
        self._secrets = secrets
        self._cancellation = cancellation
        self._clock = clock
        self._sleep = sleep
        self._executor: RetryExecutor | None = None

    @property
    def retries(self) -> int:
        """The number of attempts after the first."""
        return self._executor.retries if self._executor is not None else 0

    def call(self, attempt: Callable[[], None]) -> None:
        """Call `attempt`, again after failures that the retry block covers.

        Raises:
            Exception: the last attempt's error, or `CircuitBreakerOpenError` if the breaker ended the retries.
        """
        guarded = self._through_breaker(attempt)
        if (retry := self._component.effective_retry) is None:
            guarded()
            return
        self._executor = RetryExecutor(retry, sleep_func=self._sleep)
        self._executor.execute(guarded, on_retry=self._on_retry)

    def _through_breaker(self, attempt: Callable[[], None]) -> Callable[[], None]:
        config = self._component.effective_circuit_breaker
        if config is None:
            return attempt

        def changed(old: CircuitState, new: CircuitState) -> None:
            self._hooks.on_circuit_breaker_state_change(self._component.name, old, new)

        breaker = CircuitBreaker(
            config, name=self._component.name, on_state_change=changed, clock=self._clock
        )
        return lambda: breaker.call(attempt)

    def _on_retry(self, attempt: int, max_attempts: int, delay_ms: int, error: Exception) -> None:
        self._cancellation.raise_if_set()
        redacted = self._secrets.redact_error(error)
        self._hooks.on_retry_attempt(self._component, attempt, max_attempts, delay_ms, redacted)
