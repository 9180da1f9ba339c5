"""Observers of a task's run: its hooks and its links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_ppf.reporting.links import TaskLinks
    from ppf_core.runner import PipelineHooks

__all__ = ["RunObservers"]


@dataclass(frozen=True)
class RunObservers:
    """Hooks and links that a task adds to a run in order to report it.

    Args:
        hooks: Further hooks, in addition to those of the pipeline.
        links: The task's links, which get the Spark session and the destination of the run report.
    """

    hooks: tuple[PipelineHooks, ...]
    links: TaskLinks
