"""Hooks that keep a checkpoint up to date while a pipeline runs: `CheckpointHooks`."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from ppf_core.clock import Now, utc_now
from ppf_core.component import DataCount, DataKind, total_bytes, total_rows
from ppf_core.errors import StopPipeline
from ppf_core.runner.completed import CompletedComponent, CompletedComponents
from ppf_core.runner.execution.cancellation import ComponentStoppedError
from ppf_core.runner.hooks import NoOpHooks
from ppf_core.runner.result import PipelineResult, PipelineResultStatus

from .errors import CheckpointSupersededError, CheckpointUnreadableError
from .state import CheckpointState
from .try_record import TryRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner.completed import HandOverRecord
    from ppf_core.runner.planning.plan import Plan

    from .store import CheckpointStore

__all__ = ["CheckpointHooks"]

logger = logging.getLogger(__name__)

_NOTHING = CompletedComponent()

_MOST_COUNTS = 20
"""Counts kept for one component: the whole checkpoint is written again after each component."""


class CheckpointHooks(NoOpHooks):
    """Saves which components have completed, before the pipeline, after each component, and at the end.

    What an earlier try of the run had completed stays in the record when the run resumes. A run that starts
    afresh over an older record replaces it, with a warning that says what was there. Should another try or
    process take over the run, the next save stops this one (`StopPipeline`).

    Args:
        store: Where to save.
        run_id: The run, the same in each of its tries.
        pipeline_fingerprint: From `compute_pipeline_fingerprint`.
        now_func: Returns the present time.
        try_details: Entries for this try in the history; host and process id (default).
    """

    def __init__(
        self,
        store: CheckpointStore,
        run_id: str,
        pipeline_fingerprint: str,
        now_func: Now | None = None,
        *,
        try_details: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._fingerprint = pipeline_fingerprint
        self._now = now_func or utc_now
        self._details = dict(try_details or {"host": socket.gethostname(), "process": str(os.getpid())})
        self._owner = uuid.uuid4().hex
        self._plan: Plan | None = None
        self._state: CheckpointState | None = None
        self._materialized: dict[str, HandOverRecord] = {}
        self._counts: dict[str, tuple[DataCount, ...]] = {}

    def on_plan(self, plan: Plan) -> None:
        """Keep the plan, which says what counts as completed; the runner calls this before `before_pipeline`."""
        self._plan = plan

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Begin a try, on top of what earlier ones completed."""
        stored = self._stored(config)
        if stored is not None and stored.status == "in_progress" and stored.tries:
            logger.warning(
                "Run %r of pipeline %r has an unfinished try from %s (%s): it was killed, or it still runs and is "
                "stopped before its next component",
                self._run_id,
                config.name,
                stored.tries[-1].started_at,
                ", ".join(f"{name} {value}" for name, value in stored.tries[-1].details.items()),
            )
        self._materialized.clear()
        self._counts.clear()
        now = self._now().isoformat()
        completed, taken = self._taken(config, stored)
        self._state = CheckpointState(
            run_id=self._run_id,
            pipeline_name=config.name,
            pipeline_fingerprint=self._fingerprint,
            completed_components=completed,
            created_at=stored.created_at if stored and completed else now,
            tries=[*(stored.history() if stored else ()), TryRecord(self._owner, now, self._details)],
            records=self._records(completed, taken, stored),
        )
        self._save()

    def on_component_views(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Record the views; they are saved when the component completes."""
        if self._state is not None:
            # The hand-over on record is an earlier try's, of a component that ran again.
            record = _recorded(self._state, config.name)
            _record(self._state, config.name, replace(record, views=tuple(views), handover=None))

    def on_component_dropped_views(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Record them beside what an earlier try dropped: a replay may not find all of it."""
        if self._state is not None:
            record = _recorded(self._state, config.name)
            _record(
                self._state, config.name, replace(record, dropped=tuple(sorted({*record.dropped, *views})))
            )

    def on_component_materialized(self, config: ComponentConfig, record: HandOverRecord) -> None:
        """Keep where the views were written until the component completes."""
        # Not in the state yet: a replayed component counts as completed, also if a check now refuses its views.
        self._materialized[config.name] = record

    def on_component_counts(self, config: ComponentConfig, counts: tuple[DataCount, ...]) -> None:
        """Keep how much was written until the component completes."""
        self._counts[config.name] = _folded(counts)

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Save the component as completed."""
        state = self._begun(config.name)
        if config.name not in state.completed_components:
            state.completed_components.append(config.name)
        # Counts on record are an earlier try's, of a component that ran again: they go even without new counts.
        record = replace(_recorded(state, config.name), counts=self._counts.pop(config.name, ()))
        handover = self._materialized.pop(config.name, None)
        if handover is not None and record.views:
            record = replace(record, handover=handover)
        _record(state, config.name, record)
        if state.failed_component == config.name:
            state.failed_component = None
        self._save()

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Save which component failed."""
        state = self._begun(config.name)
        if not isinstance(error, ComponentStoppedError):  # a consequence of another component's failure
            state.failed_component = config.name
        self._save()

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Save how the run ended; do nothing if no try was begun, which was logged when it failed."""
        if (state := self._state) is None:
            return
        state.status = "completed" if result.status is PipelineResultStatus.SUCCESS else "failed"
        if state.status == "completed" and not config.checkpoint.keep:
            # They are removed once it is on record that nothing needs them.
            for name, record in list(state.records.items()):
                _record(state, name, replace(record, handover=None))
        self._save()

    def _stored(self, config: PipelineConfig) -> CheckpointState | None:
        try:
            return self._store.load(self._run_id, config.name)
        except CheckpointUnreadableError as error:
            if self._plan is None or self._plan.completed:
                raise
            logger.warning("Starting afresh over a checkpoint that cannot be read: %s", error)
            self._store.delete(self._run_id, config.name)
            return None

    def _records(
        self, names: list[str], taken: CompletedComponents, stored: CheckpointState | None
    ) -> dict[str, CompletedComponent]:
        """Return the records of what counts as completed; a plain set of names keeps those that are stored."""
        known = stored.records if stored and stored.pipeline_fingerprint == self._fingerprint else {}
        return {name: record for name, record in {**known, **taken.records}.items() if name in names}

    def _taken(
        self, config: PipelineConfig, stored: CheckpointState | None
    ) -> tuple[list[str], CompletedComponents]:
        """Return the names that count as completed, in the order of the record, and their records."""
        known = stored if stored and stored.pipeline_fingerprint == self._fingerprint else None
        if self._plan is None:  # called by another runner than ours: what is on record counts
            if known is None:
                return [], CompletedComponents()
            return list(known.completed_components), known.completed
        taken = self._plan.completed
        before = stored.completed_components if stored else []
        if lost := [name for name in before if name not in taken]:
            logger.warning(
                "Run %r of pipeline %r does not go on from all that is on record: the completion of %d component(s) "
                "from %s is forgotten: %s",
                self._run_id,
                config.name,
                len(lost),
                stored.updated_at if stored else "",
                ", ".join(lost),
            )
        order = {name: position for position, name in enumerate(before)}
        ours = {component.name for component in config.components}
        return sorted(taken & ours, key=lambda name: (order.get(name, len(order)), name)), taken

    def _begun(self, name: str) -> CheckpointState:
        if self._state is None:
            raise RuntimeError(
                f"{name}: no checkpoint was begun, because before_pipeline failed or was not called"
            )
        return self._state

    def _save(self) -> None:
        assert self._state is not None  # noqa: S101 - narrows the type; both callers have set or checked it
        self._state.updated_at = self._now().isoformat()
        try:
            self._store.save(self._state)
        except CheckpointSupersededError as error:
            raise StopPipeline(str(error)) from error


def _recorded(state: CheckpointState, name: str) -> CompletedComponent:
    return state.records.get(name, _NOTHING)


def _record(state: CheckpointState, name: str, record: CompletedComponent) -> None:
    """Put a component's record into the state; one without any fact is left out."""
    if record == _NOTHING:
        state.records.pop(name, None)
    else:
        state.records[name] = record


def _folded(counts: tuple[DataCount, ...]) -> tuple[DataCount, ...]:
    """Return the counts, with those beyond `_MOST_COUNTS` summed up by kind."""
    rest = {kind: [count for count in counts[_MOST_COUNTS:] if count.kind is kind] for kind in DataKind}
    sums = [
        DataCount(f"{len(more)} more", total_rows(more), total_bytes(more), kind)
        for kind, more in rest.items()
        if more
    ]
    return (*counts[:_MOST_COUNTS], *sums)
