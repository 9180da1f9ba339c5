"""Where the checkpoints of Airflow tasks are kept."""

from __future__ import annotations

from .task_state import TaskStateCheckpointStore

__all__ = ["TaskStateCheckpointStore"]
