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
    """What a task adds to a run in order to report it.

    Args:
        hooks: Hooks besides those of the pipeline.
        links: Receive the Spark session and the place of the run report.
    """

    hooks: tuple[PipelineHooks, ...]
    links: TaskLinks
