"""What is remembered of a run, so that its next try can go on."""

from __future__ import annotations

from .fingerprint import compute_pipeline_fingerprint
from .hooks import CheckpointHooks
from .names import checkpoint_key
from .object_storage import ObjectStorageCheckpointStore
from .place import checkpoint_store_at
from .resume import completed_of, load_checkpoint_for_resume
from .state import (
    CheckpointError,
    CheckpointState,
    CheckpointSupersededError,
    CheckpointUnreadableError,
    PipelineConfigChangedError,
    TryRecord,
    refuse_if_superseded,
)
from .store import CheckpointStore, LocalCheckpointStore

__all__ = [
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
    "refuse_if_superseded",
]
