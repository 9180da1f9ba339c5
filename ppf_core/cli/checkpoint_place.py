"""Where the command line keeps checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ppf_core.runner import LocalCheckpointStore, ObjectStorageCheckpointStore, checkpoint_store_at

if TYPE_CHECKING:
    from pathlib import Path

    from ppf_core.config import PipelineConfig

__all__ = ["Store", "checkpoint_store", "handover_root"]

Store: TypeAlias = LocalCheckpointStore | ObjectStorageCheckpointStore
"""What the command line keeps checkpoints in: a store that can list what it has."""


def checkpoint_store(folder: Path | None, config: PipelineConfig | None) -> Store | None:
    """The store in `folder`, else in the pipeline's `checkpoint.root`; `None` where there is neither.

    Raises:
        ConfigError: `checkpoint.root` is an address that nothing here can reach.
    """
    root = config.checkpoint.root if config is not None else None
    if folder is not None:
        return LocalCheckpointStore(folder)
    return None if root is None else checkpoint_store_at(root)


def handover_root(config: PipelineConfig, store: Store | None) -> str | None:
    """Where materialised views are: the pipeline's `checkpoint.root`, else beside the checkpoints."""
    if config.checkpoint.root is not None or store is None:
        return config.checkpoint.root
    return store.address
