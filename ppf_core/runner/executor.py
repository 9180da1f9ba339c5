"""How one component runs."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ppf_core.component import ComponentExecutionError, DataFlow, PipelineComponent
from ppf_core.errors import StopPipeline
from ppf_core.loader import instantiate_component
from ppf_core.resilience import CircuitBreaker, RetryExecutor

from .plan import Action, PlanStep
from .result import ComponentResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from ppf_core.clock import Clock, Sleep
    from ppf_core.component import RunIdentity
    from ppf_core.config import ComponentConfig
    from ppf_core.resilience import CircuitState
    from ppf_core.secrets import SecretsResolver
    from ppf_core.session import SparkSessionWrapper

    from .cancellation import Cancellation
    from .hooks import CompositeHooks
    from .views import ViewTracker

__all__ = ["ComponentExecutor"]

logger = logging.getLogger(__name__)


class ComponentExecutor:
    """Makes a component, gives it its session, and runs it: retry outside, circuit breaker inside.

    A component's failure becomes a `ComponentResult`; only what is no ordinary exception (an interruption) is
    raised, after the failure hooks were told, and its result is kept in `interrupted`. `stop` is the `StopPipeline`
    of a hook, once there was one.
    """

    def __init__(
        self,
        *,
        hooks: CompositeHooks,
        session: SparkSessionWrapper,
        secrets: SecretsResolver,
        views: ViewTracker,
        cancellation: Cancellation,
        clock: Clock,
        sleep: Sleep,
        job_tag: str,
        total: int,
        identify: Callable[[str], RunIdentity],
    ) -> None:
        self._hooks = hooks
        self._session = session
        self._secrets = secrets
        self._views = views
        self._cancellation = cancellation
        self._clock = clock
        self._sleep = sleep
        self._job_tag = job_tag
        self._total = total
        self._identify = identify
        self._breakers: dict[str, CircuitBreaker] = {}
        self.stop: StopPipeline | None = None
        self.interrupted: ComponentResult | None = None

    def execute(self, step: PlanStep) -> ComponentResult:
        """Run the component of `step` to its success or its last failure."""
        component, began = step.component, self._clock()
        attempts = _Attempts(component, self._hooks, self._secrets, self._cancellation)
        failure: Exception | None = None
        views: tuple[str, ...] = ()
        try:
            self._hooks.before_component(component, step.index, self._total)
            views = self._run(component, attempts)
            if views:
                self._hooks.on_component_views(component, views)
            duration_ms = self._elapsed_ms(began)
            self._hooks.after_component(component, step.index, self._total, duration_ms)
        except Exception as error:  # noqa: BLE001 - whatever a component raises is its failure, told in the result
            failure = error
        except BaseException as interruption:
            cause = ComponentExecutionError(component.name, interruption)
            self.interrupted = self._failed(step, began, attempts, cause)
            raise
        if failure is not None:
            return self._failed(step, began, attempts, failure)
        return ComponentResult(
            component.name,
            success=True,
            duration_ms=duration_ms,
            retries=attempts.retries,
            replayed=step.action is Action.REPLAY,
            views=views,
        )

    def _run(self, component: ComponentConfig, attempts: _Attempts) -> tuple[str, ...]:
        instance = self._instantiate(component)
        if isinstance(instance, DataFlow) or hasattr(instance, "set_spark_session"):
            instance.set_spark_session(self._session.spark)
        if hasattr(instance, "set_run_identity"):  # a RunAware, told in a tenth of the time
            instance.set_run_identity(self._identify(component.name))
        self._views.before(component)
        call: Callable[[], None] = lambda: self._try_once(instance, component)  # noqa: E731 - wrapped twice below
        if breaker := self._breaker(component):
            call = _through(breaker, call)
        if retry := component.effective_retry:
            attempts.executor = RetryExecutor(retry, sleep_func=self._sleep)
            attempts.executor.execute(call, on_retry=attempts.on_retry)
        else:
            call()
        return self._views.after(component)

    def _instantiate(self, component: ComponentConfig) -> Any:
        resolved = self._secrets.resolve(component.config)
        return instantiate_component(
            component if resolved == component.config else replace(component, config=resolved)
        )

    def _try_once(self, instance: PipelineComponent, component: ComponentConfig) -> None:
        self._cancellation.raise_if_set()
        with self._session.job_tag(self._job_tag):
            # A Resource, told in a tenth of the time that isinstance needs for a protocol.
            if hasattr(instance, "open") and hasattr(instance, "close"):
                self._run_opened(instance, component.name)
            else:
                instance.run()

    def _run_opened(self, instance: Any, name: str) -> None:
        failed = True
        try:
            instance.open()
            instance.run()
            failed = False
        finally:
            try:
                instance.close()
            except Exception as error:
                if not failed:
                    raise
                # The component's own error says more; it is the one that goes on.
                redacted = self._secrets.redact_error(error)
                logger.error("Component %s failed, and so did its close(): %r", name, redacted)  # noqa: TRY400 - a traceback may hold a secret

    def _breaker(self, component: ComponentConfig) -> CircuitBreaker | None:
        config = component.effective_circuit_breaker
        if config is None:
            return None

        def changed(old: CircuitState, new: CircuitState) -> None:
            self._hooks.on_circuit_breaker_state_change(component.name, old, new)

        if component.name not in self._breakers:
            self._breakers[component.name] = CircuitBreaker(
                config, name=component.name, on_state_change=changed, clock=self._clock
            )
        return self._breakers[component.name]

    def _failed(self, step: PlanStep, began: float, attempts: _Attempts, error: Exception) -> ComponentResult:
        self._views.forget()
        component = step.component
        ordered = isinstance(error, StopPipeline)
        error = self._secrets.redact_error(error)
        if ordered:
            self.stop = error if isinstance(error, StopPipeline) else StopPipeline(str(error))
        try:
            self._hooks.on_component_failure(component, step.index, error)
        except StopPipeline as stop:
            self.stop = self.stop or stop
        return ComponentResult(
            component.name,
            success=False,
            duration_ms=self._elapsed_ms(began),
            error=error,
            retries=attempts.retries,
            replayed=step.action is Action.REPLAY,
        )

    def _elapsed_ms(self, began: float) -> int:
        return round((self._clock() - began) * 1000)


class _Attempts:
    """What becomes of a component's tries: how many retries there were, and telling the hooks of each."""

    def __init__(
        self,
        component: ComponentConfig,
        hooks: CompositeHooks,
        secrets: SecretsResolver,
        cancellation: Cancellation,
    ) -> None:
        self._component = component
        self._hooks = hooks
        self._secrets = secrets
        self._cancellation = cancellation
        self.executor: RetryExecutor | None = None

    @property
    def retries(self) -> int:
        return self.executor.retries if self.executor is not None else 0

    def on_retry(self, attempt: int, max_attempts: int, delay_ms: int, error: Exception) -> None:
        self._cancellation.raise_if_set()
        redacted = self._secrets.redact_error(error)
        self._hooks.on_retry_attempt(self._component, attempt, max_attempts, delay_ms, redacted)


def _through(breaker: CircuitBreaker, call: Callable[[], None]) -> Callable[[], None]:
    return lambda: breaker.call(call)
