"""Checkpoint stores of Airflow tasks: Airflow's task state, or a folder or address."""

from __future__ import annotations

from .choice import TASK_STATE, choose_checkpoint_store, dag_run_mark, external_checkpoint_store
from .task_state import TaskStateCheckpointStore

__all__ = [
    "TASK_STATE",
    "TaskStateCheckpointStore",
    "choose_checkpoint_store",
    "dag_run_mark",
    "external_checkpoint_store",
]
