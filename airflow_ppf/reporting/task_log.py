"""Task log hooks: a line for each event of a run, in a foldable group for each component."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import structlog
from airflow.sdk.exceptions import AirflowSkipException

from airflow_ppf.reporting.audit_sink import TaskLogAuditSink
from ppf_core.audit import AuditAction, AuditStatus, ConfigFilter
from ppf_core.component import total_bytes, total_rows
from ppf_core.runner import AuditHooks

if TYPE_CHECKING:
    from ppf_core.component import DataCount
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner import PipelineResult, Plan
    from ppf_core.session import JobProgress

__all__ = ["TaskLogHooks"]

_LONGEST_ERROR = 500


class TaskLogHooks(AuditHooks):
    """Hooks that log a run's audit events, and the marks by which Airflow's UI folds the log into groups.

    They replace `LoggingHooks` in a task: each event is a line that is readable and has machine-readable fields. A
    group contains the lines of a component from start to end; its outcome comes after the group, so that it is visible
    without unfolding. While a component runs, every line has its name in the field `component`, also those of other
    loggers.

    There are no groups if components run in parallel, since groups cannot overlap.

    All lines go through a structlog logger, since printed lines take another pipe and arrive out of order.
    """

    def __init__(self, log: Any, trace_id: str | None = None) -> None:
        super().__init__(TaskLogAuditSink(log), trace_id)
        self._log = log
        self._open = False
        self._parallel = False

    def on_plan(self, plan: Plan) -> None:
        """Log the plan of the run."""
        self._log.info("::group::Plan: %d components", len(plan.steps))
        for step in plan.steps:
            self._log.info("%-7s  %s (%s)", step.action.value, step.component.name, step.reason)
        self._log.info("::endgroup::")

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Log `pipeline_started` with the pipeline's version, environment and tags."""
        self._parallel = config.execution.max_parallel > 1
        self._emit(
            AuditAction.PIPELINE_STARTED,
            "SimplePipelineRunner",
            config.name,
            AuditStatus.SUCCESS,
            component_count=len(config.components),
            version=config.version,
            environment=config.environment.value,
            tags=", ".join(f"{name}={value}" for name, value in config.tags.items()),
        )

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Open the component's group and log `component_started`."""
        structlog.contextvars.bind_contextvars(component=config.name)
        if not self._parallel:
            self._log.info("::group::%s (%d of %d)", config.name, index + 1, total)
            self._open = True
        super().before_component(config, index, total)

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Close the component's group and log `component_completed`."""
        self._close()
        super().after_component(config, index, total, duration_ms)
        structlog.contextvars.unbind_contextvars("component")

    def on_component_counts(self, config: ComponentConfig, counts: tuple[DataCount, ...]) -> None:
        """Log what the component wrote."""
        written = "; ".join(map(str, counts))
        self._log.info(
            "%s wrote %s", config.name, written, rows=total_rows(counts), bytes=total_bytes(counts)
        )

    def on_component_progress(self, config: ComponentConfig, progress: JobProgress, elapsed_ms: int) -> None:
        """Log the component's progress."""
        # Called in another thread, where structlog has no component bound.
        self._log.info(
            "%s has been running for %d s: %s",
            config.name,
            round(elapsed_ms / 1000),
            progress,
            component=config.name,
            **asdict(progress),
        )

    def on_component_restored(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Log the restored views."""
        restored = ", ".join(views) or "the views that it had dropped are dropped again"
        self._log.info("%s restored: %s", config.name, restored, component=config.name)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Close the component's group and log `component_failed`."""
        self._close()
        # A component that skips its task is not an error.
        status = AuditStatus.WARNING if isinstance(error, AirflowSkipException) else AuditStatus.FAILURE
        self._emit(
            AuditAction.COMPONENT_FAILED, config.name, config.class_path, status, error=_error_text(error)
        )
        structlog.contextvars.unbind_contextvars("component")

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Log `component_retried` with the error."""
        self._emit_retry(config, attempt, max_attempts, delay_ms, error=_error_text(error))

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Close an open group and log `pipeline_completed`."""
        self._close()
        super().after_pipeline(config, result)

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._log.info("::endgroup::")


def _error_text(error: Exception) -> str:
    # Secrets are removed before the text is cut, since a part of a secret may not be recognised.
    return ConfigFilter.scrub_text(f"{type(error).__name__}: {error}")[:_LONGEST_ERROR]
