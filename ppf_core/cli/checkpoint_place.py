"""Where the command line keeps checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ppf_core.config import ConfigError, Problem
from ppf_core.runner import LocalCheckpointStore

if TYPE_CHECKING:
    from ppf_core.config import PipelineConfig

__all__ = ["checkpoint_store", "handover_root"]


def checkpoint_store(folder: Path | None, config: PipelineConfig | None) -> LocalCheckpointStore | None:
    """The store in `folder`, else in the pipeline's `checkpoint.root`; `None` where there is neither.

    Raises:
        ConfigError: `checkpoint.root` is an address of a remote place.
    """
    root = config.checkpoint.root if config is not None else None
    if folder is not None:
        return LocalCheckpointStore(folder)
    if root is None:
        return None
    if "://" in root and not root.startswith("file://"):
        message = (
            f"expected a local folder on the command line, got {root}; "
            "name one with --checkpoint-dir, or leave checkpoints out of this run with --no-checkpoint"
        )
        raise ConfigError([Problem("checkpoint.root", message)])
    return LocalCheckpointStore(Path(root.removeprefix("file://")).expanduser())


def handover_root(config: PipelineConfig, store: LocalCheckpointStore | None) -> str | None:
    """Where materialised views are: the pipeline's `checkpoint.root`, else beside the checkpoints."""
    if config.checkpoint.root is not None or store is None:
        return config.checkpoint.root
    return str(store.base_dir)
