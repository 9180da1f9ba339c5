"""Audit hooks: write an audit event for everything that happens in a run."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from ppf_core.audit import AuditAction, AuditEvent, AuditStatus, ConfigFilter
from ppf_core.clock import Now, utc_now

from .hooks import NoOpHooks
from .result import PipelineResultStatus

if TYPE_CHECKING:
    from ppf_core.audit import AuditSink
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.resilience import CircuitState

    from .result import PipelineResult

__all__ = ["AuditHooks"]

RUNNER = "SimplePipelineRunner"
MAX_ERROR_CHARACTERS = 500


class AuditHooks(NoOpHooks):
    """Emits one `AuditEvent` to `sink` for each event of a run; all events of an instance share its `trace_id`.

    `now_fn` returns the current time, with a time zone. An exception from the sink reaches the runner, which logs it
    and continues. The caller closes the sink.
    """

    def __init__(self, sink: AuditSink, trace_id: str | None = None, now_fn: Now | None = None) -> None:
        self._sink = sink
        self._trace_id = trace_id if trace_id is not None else str(uuid.uuid4())
        self._now = now_fn if now_fn is not None else utc_now

    @property
    def sink(self) -> AuditSink:
        """The sink that receives the events."""
        return self._sink

    @property
    def trace_id(self) -> str:
        """The id that all events of this instance share."""
        return self._trace_id

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Emit `pipeline_started`."""
        self._emit(
            AuditAction.PIPELINE_STARTED,
            RUNNER,
            config.name,
            AuditStatus.SUCCESS,
            component_count=len(config.components),
        )

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Emit `pipeline_completed`; its status is a failure unless everything succeeded."""
        succeeded = result.status is PipelineResultStatus.SUCCESS
        self._emit(
            AuditAction.PIPELINE_COMPLETED,
            RUNNER,
            config.name,
            AuditStatus.SUCCESS if succeeded else AuditStatus.FAILURE,
            status=result.status.value,
            duration_ms=result.total_duration_ms,
        )

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Emit `component_started`."""
        self._emit(
            AuditAction.COMPONENT_STARTED,
            config.name,
            config.class_path,
            AuditStatus.SUCCESS,
            index=index,
            total=total,
        )

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Emit `component_completed`."""
        self._emit(
            AuditAction.COMPONENT_COMPLETED,
            config.name,
            config.class_path,
            AuditStatus.SUCCESS,
            duration_ms=duration_ms,
        )

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Emit `component_failed` with the text of the error, or its type if the text is empty."""
        # Scrub before cutting: half a password no longer matches the patterns.
        text = ConfigFilter.scrub_text(str(error)) or type(error).__name__
        self._emit(
            AuditAction.COMPONENT_FAILED,
            config.name,
            config.class_path,
            AuditStatus.FAILURE,
            error=text[:MAX_ERROR_CHARACTERS],
        )

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Emit `component_retried`."""
        self._emit_retry(config, attempt, max_attempts, delay_ms)

    def on_circuit_breaker_state_change(
        self, component_name: str, old_state: CircuitState, new_state: CircuitState
    ) -> None:
        """Emit `circuit_breaker_changed`."""
        self._emit(
            AuditAction.CIRCUIT_BREAKER_CHANGED,
            component_name,
            "circuit_breaker",
            AuditStatus.WARNING,
            old_state=old_state.value,
            new_state=new_state.value,
        )

    def _emit_retry(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, **metadata: object
    ) -> None:
        self._emit(
            AuditAction.COMPONENT_RETRIED,
            config.name,
            config.class_path,
            AuditStatus.RETRY,
            attempt=attempt,
            max_attempts=max_attempts,
            delay_ms=delay_ms,
            **metadata,
        )

    def _emit(
        self, action: AuditAction, actor: str, resource: str, status: AuditStatus, /, **metadata: object
    ) -> None:
        self._sink.emit(
            AuditEvent(
                action,
                actor,
                resource,
                status,
                self._now(),
                {name: str(value) for name, value in metadata.items()},
                self._trace_id,
            )
        )
