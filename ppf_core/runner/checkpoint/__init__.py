"""Checkpoints: stores, format and hooks that let the next try of a run resume."""

from __future__ import annotations

from .address import checkpoint_store_at
from .cached_store import CachedCheckpointStore
from .errors import (
    CheckpointError,
    CheckpointSupersededError,
    CheckpointUnreadableError,
    PipelineConfigChangedError,
)
from .fingerprint import compute_pipeline_fingerprint
from .hooks import CheckpointHooks
from .names import checkpoint_key
from .object_storage import ObjectStorageCheckpointStore
from .resume import completed_of, load_checkpoint_for_resume, recorded_components
from .state import CheckpointState, refuse_if_superseded
from .store import CheckpointStore, LocalCheckpointStore
from .try_record import TryRecord

__all__ = [
    "CachedCheckpointStore",
    "CheckpointError",
    "CheckpointHooks",
    "CheckpointState",
    "CheckpointStore",
    "CheckpointSupersededError",
    "CheckpointUnreadableError",
    "LocalCheckpointStore",
    "ObjectStorageCheckpointStore",
    "PipelineConfigChangedError",
    "TryRecord",
    "checkpoint_key",
    "checkpoint_store_at",
    "completed_of",
    "compute_pipeline_fingerprint",
    "load_checkpoint_for_resume",
    "recorded_components",
    "refuse_if_superseded",
]
