"""Tells a task's log of a run: a line for each event, folded into a group for each component."""

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
    """Logs the run's audit events, and the marks between which Airflow's UI folds a log.

    It takes the place of `LoggingHooks` in a task: each event is one line, for people and for machines. A group holds
    what a component logs from its start to its end; how it ended stands behind it, where nobody has to unfold
    anything. While a component runs, each line carries its name as the field `component`, whoever logs it.

    Groups cannot overlap as components do that run in parallel, so then there are none.

    All lines go through a structlog logger: what is printed takes another pipe and arrives out of order.
    """

    def __init__(self, log: Any, trace_id: str | None = None) -> None:
        super().__init__(TaskLogAuditSink(log), trace_id)
        self._log = log
        self._open = False
        self._parallel = False

    def on_plan(self, plan: Plan) -> None:
        """Say what will happen before it does."""
        self._log.info("::group::Plan: %d components", len(plan.steps))
        for step in plan.steps:
            self._log.info("%-7s  %s (%s)", step.action.value, step.component.name, step.reason)
        self._log.info("::endgroup::")

    def before_pipeline(self, config: PipelineConfig) -> None:
        """`pipeline_started`, with the labels that the run goes by."""
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
        """Open the component's group; `component_started`."""
        structlog.contextvars.bind_contextvars(component=config.name)
        if not self._parallel:
            self._log.info("::group::%s (%d of %d)", config.name, index + 1, total)
            self._open = True
        super().before_component(config, index, total)

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Close it; `component_completed`."""
        self._close()
        super().after_component(config, index, total, duration_ms)
        structlog.contextvars.unbind_contextvars("component")

    def on_component_counts(self, config: ComponentConfig, counts: tuple[DataCount, ...]) -> None:
        """Say how much it has written."""
        told = "; ".join(map(str, counts))
        self._log.info("%s wrote %s", config.name, told, rows=total_rows(counts), bytes=total_bytes(counts))

    def on_component_progress(self, config: ComponentConfig, progress: JobProgress, elapsed_ms: int) -> None:
        """Say how far it is."""
        # From another thread than the component's, so its name has to be said.
        self._log.info(
            "%s has been running for %d s: %s",
            config.name,
            round(elapsed_ms / 1000),
            progress,
            component=config.name,
            **asdict(progress),
        )

    def on_component_restored(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Say so; there is nothing to fold."""
        what = ", ".join(views) or "what it had dropped is dropped again"
        self._log.info("%s restored: %s", config.name, what, component=config.name)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Close it; `component_failed`."""
        self._close()
        # Wanting to be skipped is no reason for alarm.
        status = AuditStatus.WARNING if isinstance(error, AirflowSkipException) else AuditStatus.FAILURE
        self._emit(AuditAction.COMPONENT_FAILED, config.name, config.class_path, status, error=_told(error))
        structlog.contextvars.unbind_contextvars("component")

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """`component_retried`, with the error."""
        self._emit_retry(config, attempt, max_attempts, delay_ms, error=_told(error))

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Leave no group open; `pipeline_completed`."""
        self._close()
        super().after_pipeline(config, result)

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._log.info("::endgroup::")


def _told(error: Exception) -> str:
    # Passwords go before the text is cut, which could hide that they are some.
    return ConfigFilter.scrub_text(f"{type(error).__name__}: {error}")[:_LONGEST_ERROR]
