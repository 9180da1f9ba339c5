"""Where the checkpoints of Airflow tasks are kept."""

from __future__ import annotations

from .choice import TASK_STATE, checkpoint_store_elsewhere, choose_checkpoint_store, dag_run_mark
from .task_state import TaskStateCheckpointStore

__all__ = [
    "TASK_STATE",
    "TaskStateCheckpointStore",
    "checkpoint_store_elsewhere",
    "choose_checkpoint_store",
    "dag_run_mark",
]
