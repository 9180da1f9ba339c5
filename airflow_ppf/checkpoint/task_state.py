"""Checkpoint store in Airflow's task state."""

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
    """Members of `context["task_state_store"]` that the checkpoint store uses."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value, or `default`."""

    def set(self, key: str, value: Any, *, retention: Any = None) -> None:
        """Insert or replace a value; Airflow may remove it after `retention` (default: as its configuration sets)."""

    def delete(self, key: str) -> None:
        """Remove the value, if there is one."""


class TaskStateCheckpointStore:
    """Store of a task's checkpoint in Airflow's database.

    The checkpoint survives retries, cleared tasks and dead workers, needs no shared disk, is deleted with its DAG run,
    and is visible in the UI. Airflow scopes it to (dag id, run id, task id, map index). A try that was cleared while it
    ran can no longer write, and gets a `CheckpointSupersededError`.

    Args:
        accessor: `context["task_state_store"]`.
    """

    def __init__(self, accessor: TaskStateAccessor) -> None:
        self._accessor = accessor
        self._owners: dict[str, str] = {}

    def __repr__(self) -> str:
        return "TaskStateCheckpointStore()"

    def save(self, state: CheckpointState) -> None:
        """Save the checkpoint of a run."""
        key = checkpoint_key(state.run_id, state.pipeline_name)
        # Checked once, when a try begins. After that Airflow itself refuses the writes of a superseded try, and
        # checking before every save would double the cost of checkpoints, since each check is a call to the server.
        if state.owner is not None and self._owners.get(key) != state.owner:
            refuse_if_superseded(self.load(state.run_id, state.pipeline_name), state)
        # A round trip through text: the store takes plain lists and dicts only, not even a nested tuple.
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
        """Return the checkpoint of a run, if there is one."""
        key = checkpoint_key(run_id, pipeline_name)
        document = self._accessor.get(key)
        if document is None:
            return None
        where = f"{key} in the task state store"
        state = CheckpointState.from_dict(document, where)
        state.require_run(run_id, pipeline_name, where)
        return state

    def delete(self, run_id: str, pipeline_name: str) -> None:
        """Delete the checkpoint of a run."""
        self._accessor.delete(checkpoint_key(run_id, pipeline_name))

    def exists(self, run_id: str, pipeline_name: str) -> bool:
        """Return whether a run has a checkpoint."""
        return self._accessor.get(checkpoint_key(run_id, pipeline_name)) is not None
