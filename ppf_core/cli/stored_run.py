"""The checkpoints in one place, those that cannot be read included."""

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
    """A file, or a folder in an object store: either its `state`, or the `reason` why it cannot be read."""

    path: str
    state: CheckpointState | None
    reason: str | None = None

    def line(self) -> tuple[str, ...]:
        """Cells of a table: pipeline, run, status, how many completed, what failed, tries, last change."""
        assert self.state is not None  # noqa: S101 - only what could be read is asked for
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
        """The same for machines."""
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
    """What a store has, all of it or that of one pipeline."""

    def __init__(self, store: Store, pipeline_name: str | None) -> None:
        self._store = store
        self._pipeline_name = pipeline_name

    @property
    def address(self) -> str:
        """Where they are."""
        return self._store.address

    def all(self) -> list[StoredRun]:
        """Every run, ordered by path."""
        return self._of(self._pipeline_name)

    def one(self, run_id: str, pipeline_name: str | None) -> StoredRun:
        """This run.

        Raises:
            CheckpointError: there is none, or there are several.
        """
        runs = self._of(pipeline_name or self._pipeline_name)
        name = _last(self._store.place_for(run_id, "any"))
        found = [run for run in runs if _last(run.path) == name]
        if not found:
            known = [run.state.run_id for run in runs if run.state is not None]
            raise CheckpointError(
                f"there is no checkpoint of run {run_id!r} in {self.address}{did_you_mean(run_id, known)}; "
                "ppf checkpoint list shows what there is"
            )
        if len(found) > 1:
            pipelines = ", ".join(
                run.state.pipeline_name if run.state else _last(_parent(run.path)) for run in found
            )
            raise CheckpointError(
                f"run {run_id!r} exists of several pipelines, name one with --pipeline: {pipelines}"
            )
        return found[0]

    def delete(self, run: StoredRun) -> None:
        """Delete it, with what it has materialised under the same root."""
        self._store.forget(run.path)
        if run.state is not None:
            remove_handover(self._store.address, (run.state.pipeline_name, run.state.run_id))

    def _of(self, pipeline_name: str | None) -> list[StoredRun]:
        folder = _parent(self._store.place_for("any", pipeline_name)) if pipeline_name is not None else None
        runs = []
        for entry in self._store.states():
            if isinstance(entry, CheckpointUnreadableError):
                run = StoredRun(entry.where, None, entry.reason)
            else:
                run = StoredRun(self._store.place_for(entry.run_id, entry.pipeline_name), entry)
            if folder is None or _parent(run.path) == folder:
                runs.append(run)
        return runs


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _last(path: str) -> str:
    return path.rpartition("/")[2]
