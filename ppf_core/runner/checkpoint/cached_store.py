"""Checkpoint store that loads the state of a run once in a try."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .state import CheckpointState
    from .store import CheckpointStore

__all__ = ["CachedCheckpointStore"]


class CachedCheckpointStore:
    """Remembers the state that it has loaded or saved, for every part of one try to read.

    A load may be a call to Airflow's server or to an object store, and several parts of a try need the state: the
    decision to resume, the plan, the checkpoint hooks and the report. `save` still goes to the store, which refuses
    the save of a superseded try, so what is remembered never hides that another try has taken over.

    Args:
        store: Where checkpoints are kept.
    """

    def __init__(self, store: CheckpointStore) -> None:
        self._store = store
        self._states: dict[tuple[str, str], CheckpointState | None] = {}
        self._saved: set[tuple[str, str]] = set()

    def __repr__(self) -> str:
        return repr(self._store)

    @classmethod
    def around(cls, store: CheckpointStore) -> CachedCheckpointStore:
        """Return `store` itself if it remembers already, else a new one around it."""
        return store if isinstance(store, cls) else cls(store)

    @contextmanager
    def one_try(self) -> Iterator[None]:
        """Return a context for one try in this process.

        States that an earlier try saved are forgotten at its start, since other processes may have gone on from there.
        States that were only loaded are forgotten at its end: without a save, nothing keeps them from changing.
        """
        for key in self._saved:
            self._states.pop(key, None)
        self._saved.clear()
        try:
            yield
        finally:
            for key in self._states.keys() - self._saved:
                del self._states[key]

    def load(self, run_id: str, pipeline_name: str) -> CheckpointState | None:
        """Return the state as this try knows it; read it on the first call."""
        key = run_id, pipeline_name
        if key not in self._states:
            self._states[key] = self._store.load(run_id, pipeline_name)
        state = self._states[key]
        return state.copy() if state is not None else None

    def save(self, state: CheckpointState) -> None:
        """Save the state and remember it."""
        key = state.run_id, state.pipeline_name
        # A save that is refused or fails means that the stored state is not the one remembered here.
        self._states.pop(key, None)
        self._saved.discard(key)
        self._store.save(state)
        self._states[key] = state.copy()
        self._saved.add(key)

    def delete(self, run_id: str, pipeline_name: str) -> None:
        """Delete the state of a run."""
        self._states.pop((run_id, pipeline_name), None)
        self._saved.discard((run_id, pipeline_name))
        self._store.delete(run_id, pipeline_name)

    def exists(self, run_id: str, pipeline_name: str) -> bool:
        """Return whether something is stored, readable or not."""
        return self._store.exists(run_id, pipeline_name)
