"""Logging and metrics hooks."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from ppf_core.component import total_bytes, total_rows

from .hooks import NoOpHooks
from .result import PipelineResultStatus

if TYPE_CHECKING:
    from ppf_core.clock import Clock
    from ppf_core.component import DataCount
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.metrics import MeterRegistry
    from ppf_core.resilience import CircuitState
    from ppf_core.session import JobProgress

    from .result import PipelineResult

__all__ = ["LoggingHooks", "MetricsHooks"]

LEVELS = {
    PipelineResultStatus.SUCCESS: logging.INFO,
    PipelineResultStatus.PARTIAL_SUCCESS: logging.WARNING,
    PipelineResultStatus.FAILURE: logging.ERROR,
}


class LoggingHooks(NoOpHooks):
    """Logs every event, on the logger `ppf.pipeline` (default).

    Starts and successes are logged as info, retries and circuit breaker changes as warnings, failed components as
    errors with a traceback. The end of a run is logged at the level of its outcome: info, warning (some components
    failed) or error.
    """

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logger if logger is not None else logging.getLogger("ppf.pipeline")

    @property
    def logger(self) -> logging.Logger:
        """The logger of the events."""
        return self._logger

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Log name, version, environment, number of components and tags."""
        self._logger.info(
            "Pipeline %s %s starts in %s: %s components%s",
            config.name,
            config.version,
            config.environment.value,
            len(config.components),
            f" ({', '.join(f'{name}={value}' for name, value in config.tags.items())})"
            if config.tags
            else "",
        )

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Log the outcome at its level."""
        self._logger.log(
            LEVELS[result.status],
            "Pipeline %s ended with %s after %s ms: %s components succeeded, %s failed, %s restored, %s skipped",
            config.name,
            result.status.value,
            result.total_duration_ms,
            len(result.completed_components),
            len(result.failed_components),
            len(result.restored_components),
            len(result.skipped),
        )

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Log the position, name and description of a component."""
        description = f": {config.description}" if config.description else ""
        self._logger.info("[%s/%s] Component %s starts%s", index + 1, total, config.name, description)

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Log the duration of a component."""
        self._logger.info(
            "[%s/%s] Component %s succeeded in %s ms", index + 1, total, config.name, duration_ms
        )

    def on_component_counts(self, config: ComponentConfig, counts: tuple[DataCount, ...]) -> None:
        """Log how much a component wrote."""
        self._logger.info("Component %s wrote %s", config.name, "; ".join(map(str, counts)))

    def on_component_progress(self, config: ComponentConfig, progress: JobProgress, elapsed_ms: int) -> None:
        """Log the progress of a component's Spark jobs."""
        self._logger.info(
            "Component %s has been running for %s s: %s", config.name, round(elapsed_ms / 1000), progress
        )

    def on_component_restored(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Log that the views of a component are restored instead of running it."""
        effect = ", ".join(views) or "the views that it dropped are dropped again"
        self._logger.info("Component %s is restored: %s", config.name, effect)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Log the error with its traceback."""
        self._logger.error(
            "Component %s failed: %s: %s", config.name, type(error).__name__, error, exc_info=error
        )

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Log the error of an attempt, and the delay until the next attempt."""
        self._logger.warning(
            "Component %s failed in attempt %s of %s and is retried in %s ms: %s: %s",
            config.name,
            attempt,
            max_attempts,
            delay_ms,
            type(error).__name__,
            error,
        )

    def on_circuit_breaker_state_change(
        self, component_name: str, old_state: CircuitState, new_state: CircuitState
    ) -> None:
        """Log the old and the new state of a circuit breaker."""
        self._logger.warning(
            "Circuit breaker of component %s went from %s to %s",
            component_name,
            old_state.value,
            new_state.value,
        )


class MetricsHooks(NoOpHooks):
    """Measures a run, and records the metrics in a `MeterRegistry` if there is one.

    | metric | kind | tags |
    |---|---|---|
    | `ppf.pipeline.components` | gauge | `pipeline` |
    | `ppf.pipeline.duration` | timer | `pipeline` |
    | `ppf.component.duration` | timer | `pipeline`, `component` |
    | `ppf.component.failures` | counter | `pipeline`, `component` |
    | `ppf.component.retries` | counter | `pipeline`, `component` |
    | `ppf.component.rows_written` | counter | `pipeline`, `component` |
    | `ppf.component.bytes_written` | counter | `pipeline`, `component` |
    | `ppf.circuit_breaker.state_changes` | counter | `pipeline`, `component`, `to_state` |

    `component_durations` (milliseconds) and the component timer cover the components that succeeded. Rows and bytes
    written cover materialised views and the output of `Write` and of custom components that report counts; unknown
    figures are omitted. The attributes hold the figures of the current run: `before_pipeline` resets them. `clock`
    returns monotonic seconds.
    """

    def __init__(self, clock: Clock | None = None, registry: MeterRegistry | None = None) -> None:
        self._clock = clock if clock is not None else time.monotonic
        self._registry = registry
        self._pipeline = ""
        self._started: float | None = None
        self.component_durations: dict[str, int] = {}
        self.component_retries: dict[str, int] = {}
        self.component_counts: dict[str, tuple[DataCount, ...]] = {}
        self.total_duration_ms: int = 0

    @property
    def registry(self) -> MeterRegistry | None:
        """The registry that the metrics are recorded in, or `None`."""
        return self._registry

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Reset the figures, start the clock and record the number of components."""
        self.component_durations = {}
        self.component_retries = {}
        self.component_counts = {}
        self.total_duration_ms = 0
        self._pipeline = config.name
        self._started = self._clock()
        if self._registry is not None:
            self._registry.gauge("ppf.pipeline.components", len(config.components), {"pipeline": config.name})

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Record the duration of the run."""
        if self._started is None:
            return  # before_pipeline was not called
        self.total_duration_ms = round((self._clock() - self._started) * 1000)
        if self._registry is not None:
            self._registry.timer("ppf.pipeline.duration", self.total_duration_ms, {"pipeline": config.name})

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Record the duration of a component."""
        self.component_durations[config.name] = duration_ms
        if self._registry is not None:
            self._registry.timer("ppf.component.duration", duration_ms, self._tags(config.name))

    def on_component_counts(self, config: ComponentConfig, counts: tuple[DataCount, ...]) -> None:
        """Record how much a component wrote."""
        self.component_counts[config.name] = counts
        if self._registry is None:
            return
        for name, total in (("rows", total_rows(counts)), ("bytes", total_bytes(counts))):
            if total is not None:
                self._registry.counter(f"ppf.component.{name}_written", total, self._tags(config.name))

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Count the failure of a component."""
        if self._registry is not None:
            self._registry.counter("ppf.component.failures", tags=self._tags(config.name))

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Count the retry of a component."""
        self.component_retries[config.name] = self.component_retries.get(config.name, 0) + 1
        if self._registry is not None:
            self._registry.counter("ppf.component.retries", tags=self._tags(config.name))

    def on_circuit_breaker_state_change(
        self, component_name: str, old_state: CircuitState, new_state: CircuitState
    ) -> None:
        """Count the state change of a circuit breaker."""
        if self._registry is not None:
            self._registry.counter(
                "ppf.circuit_breaker.state_changes",
                tags={**self._tags(component_name), "to_state": new_state.value},
            )

    def _tags(self, component: str) -> dict[str, str]:
        return {"pipeline": self._pipeline, "component": component}
