"""What an earlier try left to go on from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.runner.planning.plan import CompletedComponents

from .fingerprint import compute_pipeline_fingerprint
from .state import CheckpointState, PipelineConfigChangedError

if TYPE_CHECKING:
    from ppf_core.config import PipelineConfig

    from .store import CheckpointStore

__all__ = ["completed_of", "load_checkpoint_for_resume"]


def completed_of(state: CheckpointState, config: PipelineConfig) -> CompletedComponents:
    """The components that `state` records as completed, with their views, hand-overs and counts.

    Raises:
        PipelineConfigChangedError: it is the state of a pipeline of another structure.
    """
    if state.pipeline_fingerprint != compute_pipeline_fingerprint(config):
        raise PipelineConfigChangedError(state.run_id, config.name)
    return CompletedComponents(
        state.completed_components, state.views, state.handovers, state.dropped, state.counts
    )


def load_checkpoint_for_resume(
    store: CheckpointStore, run_id: str, config: PipelineConfig
) -> CompletedComponents:
    """What to hand to `run(completed_components=...)`: a set of names that also carries the recorded views.

    Raises:
        ValueError: there is no checkpoint of this run.
        PipelineConfigChangedError: the pipeline's structure has changed.
        CheckpointUnreadableError: what is stored is no checkpoint that this version can read.
    """
    state = store.load(run_id, config.name)
    if state is None:
        raise ValueError(f"there is no checkpoint of run {run_id!r} of pipeline {config.name!r} in {store!r}")
    return completed_of(state, config)
