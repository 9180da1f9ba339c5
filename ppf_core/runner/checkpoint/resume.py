"""Completed components on record, for a try that resumes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ppf_core.config import ConfigChangeAction
from ppf_core.runner.completed import CompletedComponents

from .errors import PipelineConfigChangedError
from .fingerprint import compute_pipeline_fingerprint

if TYPE_CHECKING:
    from ppf_core.config import PipelineConfig

    from .state import CheckpointState
    from .store import CheckpointStore

__all__ = ["completed_of", "load_checkpoint_for_resume", "recorded_components"]

logger = logging.getLogger(__name__)


def completed_of(state: CheckpointState, config: PipelineConfig) -> CompletedComponents:
    """Return the components that `state` records as completed, with their records.

    Raises:
        PipelineConfigChangedError: it is the state of a pipeline of another structure.
    """
    if state.pipeline_fingerprint != compute_pipeline_fingerprint(config):
        raise PipelineConfigChangedError(state.run_id, config.name)
    return state.completed


def recorded_components(store: CheckpointStore, run_id: str, config: PipelineConfig) -> CompletedComponents:
    """Return the components on record; none if there is no checkpoint, or if `on_config_change` starts afresh.

    Raises:
        PipelineConfigChangedError: the pipeline's structure has changed, and `checkpoint.on_config_change` is `fail`.
        CheckpointUnreadableError: what is stored is no checkpoint that this version can read.
    """
    state = store.load(run_id, config.name)
    if state is None:
        return CompletedComponents()
    try:
        return completed_of(state, config)
    except PipelineConfigChangedError as error:
        if config.checkpoint.on_config_change is not ConfigChangeAction.RESTART:
            raise
        logger.warning("Starting afresh, as checkpoint.on_config_change = restart says: %s", error)
        return CompletedComponents()


def load_checkpoint_for_resume(
    store: CheckpointStore, run_id: str, config: PipelineConfig
) -> CompletedComponents:
    """Return the argument for `run(completed_components=...)`: a set of names that also carries the records.

    Raises:
        ValueError: there is no checkpoint of this run.
        PipelineConfigChangedError: the pipeline's structure has changed.
        CheckpointUnreadableError: what is stored is no checkpoint that this version can read.
    """
    state = store.load(run_id, config.name)
    if state is None:
        raise ValueError(f"there is no checkpoint of run {run_id!r} of pipeline {config.name!r} in {store!r}")
    return completed_of(state, config)
