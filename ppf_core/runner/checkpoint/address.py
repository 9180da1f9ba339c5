"""Checkpoint store for an address, such as the setting `checkpoint.root`."""

from __future__ import annotations

import re
from pathlib import Path

from ppf_core.config import ConfigError, Problem

from .object_storage import ObjectStorageCheckpointStore
from .store import LocalCheckpointStore

__all__ = ["checkpoint_store_at"]


def checkpoint_store_at(root: str) -> LocalCheckpointStore | ObjectStorageCheckpointStore:
    """Return the store for a local folder, also given as `file://`, or for an address that fsspec can write to.

    Raises:
        ConfigError: fsspec has no file system for the address, or the library for it is not installed.
    """
    if "://" not in root or root.startswith("file://"):
        return LocalCheckpointStore(Path(root.removeprefix("file://")).expanduser())
    try:
        return ObjectStorageCheckpointStore(root)
    except (ImportError, ValueError) as error:
        scheme = re.sub(r"://.*", "", root, flags=re.DOTALL)
        message = (
            f"expected a folder, or an address that fsspec can write to, got one with {scheme}://: {error}"
        )
        raise ConfigError([Problem("checkpoint.root", message)]) from error
