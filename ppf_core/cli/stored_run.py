"""Stored checkpoints, readable or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ppf_core.config import did_you_mean
from ppf_core.runner import CheckpointError, CheckpointUnreadableError, remove_handover

if TYPE_CHECKING:
    from ppf_core.runner import CheckpointState

    from .checkpoint_place import Store

__all__ = ["StoredRun", "StoredRuns"]


@dataclass(frozen=True)
class StoredRun:
    """A checkpoint file, or its folder in an object store: the `state`, or the `reason` why it cannot be read."""

    path: str
    state: CheckpointState | None
    reason: str | None = None

    def line(self) -> tuple[str, ...]:
        """Return the cells of a table: pipeline, run, status, completed count, failed component, tries, last change."""
        assert self.state is not None  # noqa: S101 - callers ask only readable checkpoints
        state = self.state
        return (
            state.pipeline_name,
            state.run_id,
            state.status,
            str(len(state.completed_components)),
            state.failed_component or "-",
            str(len(state.tries)),
            state.updated_at[:19],
        )

    def summary(self) -> dict[str, Any]:
        """Return the same for programs."""
        if self.state is None:
            return {"path": self.path, "readable": False, "reason": self.reason}
        state = self.state
        return {
            "path": self.path,
            "readable": True,
            "pipeline": state.pipeline_name,
            "run_id": state.run_id,
            "status": state.status,
            "completed_components": state.completed_components,
            "failed_component": state.failed_component,
            "tries": len(state.tries),
            "updated_at": state.updated_at,
        }


class StoredRuns:
    """The checkpoints of a store, of all pipelines or of a single pipeline."""

    def __init__(self, store: Store, pipeline_name: str | None) -> None:
        self._store = store
        self._pipeline_name = pipeline_name

    @property
    def address(self) -> str:
        """The address of the store."""
        return self._store.address

    def all(self) -> list[StoredRun]:
        """Return every run, ordered by path."""
        return self._of(self._pipeline_name)

    def run(self, run_id: str, pipeline_name: str | None) -> StoredRun:
        """Return the run of that id.

        Raises:
            CheckpointError: there is none, or there are several.
        """
        runs = self._of(pipeline_name or self._pipeline_name)
        name = _last(self._store.location_for(run_id, "any"))
        matching = [run for run in runs if _last(run.path) == name]
        if not matching:
            known = [run.state.run_id for run in runs if run.state is not None]
            raise CheckpointError(
                f"there is no checkpoint of run {run_id!r} in {self.address}{did_you_mean(run_id, known)}; "
                "ppf checkpoint list shows what there is"
            )
        if len(matching) > 1:
            pipelines = ", ".join(
                run.state.pipeline_name if run.state else _last(_parent(run.path)) for run in matching
            )
            raise CheckpointError(
                f"several pipelines have a run {run_id!r}; choose with --pipeline: {pipelines}"
            )
        return matching[0]

    def delete(self, run: StoredRun) -> None:
        """Delete the checkpoint, with the views that were materialised under the same root."""
        self._store.forget(run.path)
        if run.state is not None:
            remove_handover(self._store.address, (run.state.pipeline_name, run.state.run_id))

    def _of(self, pipeline_name: str | None) -> list[StoredRun]:
        folder = (
            _parent(self._store.location_for("any", pipeline_name)) if pipeline_name is not None else None
        )
        runs = []
        for entry in self._store.states():
            if isinstance(entry, CheckpointUnreadableError):
                run = StoredRun(entry.where, None, entry.reason)
            else:
                run = StoredRun(self._store.location_for(entry.run_id, entry.pipeline_name), entry)
            if folder is None or _parent(run.path) == folder:
                runs.append(run)
        return runs


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _last(path: str) -> str:
    return path.rpartition("/")[2]
