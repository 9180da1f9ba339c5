"""Folds a task's log, a group for each component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from ppf_core.runner import NoOpHooks

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner import Plan

__all__ = ["LogGroupHooks"]


class LogGroupHooks(NoOpHooks):
    """Writes the marks between which Airflow's UI folds a log.

    They go through the task's logger: what is printed takes another pipe and arrives out of order.

    Groups cannot overlap as components do that run in parallel. Then there is none, and each line that a
    component logs carries its name instead, as the field `component`.
    """

    def __init__(self, log: Any) -> None:
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
        """See whether components may overlap."""
        self._parallel = config.execution.max_parallel > 1

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Open the component's group."""
        if self._parallel:
            # A component has a context of its own, which ends with it.
            structlog.contextvars.bind_contextvars(component=config.name)
            self._log.info("%s starts (%d of %d)", config.name, index + 1, total)
            return
        self._log.info("::group::%s (%d of %d)", config.name, index + 1, total)
        self._open = True

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Close it."""
        self._close()
        self._log.info("%s succeeded in %.1f s", config.name, duration_ms / 1000)

    def on_component_restored(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Say so; there is nothing to fold."""
        self._log.info("%s restored: %s", config.name, ", ".join(views))

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Close it, and show the failure outside, where nobody has to unfold it."""
        self._close()
        self._log.error("%s failed: %s: %s", config.name, type(error).__name__, error)

    def after_pipeline(self, config: PipelineConfig, result: object) -> None:
        """Leave no group open."""
        self._close()

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._log.info("::endgroup::")
