"""Checkpoints in Airflow's own task state store."""

from __future__ import annotations

import json
from typing import Any, Protocol

from airflow_ppf.airflow_api import is_task_instance_gone
from ppf_core.runner import (
    CheckpointState,
    CheckpointSupersededError,
    checkpoint_key,
    refuse_if_superseded,
)

__all__ = ["TaskStateAccessor", "TaskStateCheckpointStore"]


class TaskStateAccessor(Protocol):
    """What is used of `context["task_state_store"]`."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or `default`."""

    def set(self, key: str, value: Any, *, retention: Any = None) -> None:
        """Insert or replace; it may be cleaned away after `retention`, or as Airflow's configuration says."""

    def delete(self, key: str) -> None:
        """Forget; nothing happens when there is none."""


class TaskStateCheckpointStore:
    """Keeps a task's checkpoint beside the task instance, in Airflow's database.

    It survives retries, cleared tasks and dead workers, needs no disk that workers share, goes away with its DAG
    run, and can be seen in the UI. Airflow scopes it to (dag id, run id, task id, map index). A try that was cleared
    while it ran can no longer write, which is told as `CheckpointSupersededError`.

    Args:
        accessor: `context["task_state_store"]`.
    """

    def __init__(self, accessor: TaskStateAccessor) -> None:
        self._accessor = accessor
        self._owners: dict[str, str] = {}

    def __repr__(self) -> str:
        return "TaskStateCheckpointStore()"

    def save(self, state: CheckpointState) -> None:
        """As `CheckpointStore`."""
        key = checkpoint_key(state.run_id, state.pipeline_name)
        # One look when a try begins. From then on Airflow itself refuses the writes of a try that was taken over,
        # and a look before every save would double what checkpoints cost: each is a call to the server.
        if state.owner is not None and self._owners.get(key) != state.owner:
            refuse_if_superseded(self.load(state.run_id, state.pipeline_name), state)
        # Round trip through text: the store takes plain lists and dicts only, not even a nested tuple.
        document = json.loads(state.to_json())
        try:
            self._accessor.set(key, document)
        except Exception as error:
            if is_task_instance_gone(error):
                raise CheckpointSupersededError(state.run_id, state.pipeline_name) from error
            raise
        if state.owner is not None:
            self._owners[key] = state.owner

    def load(self, run_id: str, pipeline_name: str) -> CheckpointState | None:
        """As `CheckpointStore`."""
        key = checkpoint_key(run_id, pipeline_name)
        document = self._accessor.get(key)
        if document is None:
            return None
        where = f"{key} in the task state store"
        state = CheckpointState.from_dict(document, where)
        state.require_run(run_id, pipeline_name, where)
        return state

    def delete(self, run_id: str, pipeline_name: str) -> None:
        """As `CheckpointStore`."""
        self._accessor.delete(checkpoint_key(run_id, pipeline_name))

    def exists(self, run_id: str, pipeline_name: str) -> bool:
        """As `CheckpointStore`."""
        return self._accessor.get(checkpoint_key(run_id, pipeline_name)) is not None
