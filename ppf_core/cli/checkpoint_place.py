"""Checkpoint store and hand-over root of a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ppf_core.runner import LocalCheckpointStore, ObjectStorageCheckpointStore, checkpoint_store_at

if TYPE_CHECKING:
    from pathlib import Path

    from ppf_core.config import PipelineConfig

__all__ = ["Store", "checkpoint_store", "handover_root"]

Store: TypeAlias = LocalCheckpointStore | ObjectStorageCheckpointStore
"""A checkpoint store that can list its checkpoints."""


def checkpoint_store(folder: Path | None, config: PipelineConfig | None) -> Store | None:
    """Return the store in `folder`, else in the pipeline's `checkpoint.root`, or `None` if there is neither.

    Raises:
        ConfigError: no installed library can reach the address in `checkpoint.root`.
    """
    root = config.checkpoint.root if config is not None else None
    if folder is not None:
        return LocalCheckpointStore(folder)
    return None if root is None else checkpoint_store_at(root)


def handover_root(config: PipelineConfig, store: Store | None) -> str | None:
    """Return the root of materialised views: the pipeline's `checkpoint.root`, else that of the checkpoints."""
    if config.checkpoint.root is not None or store is None:
        return config.checkpoint.root
    return store.address
