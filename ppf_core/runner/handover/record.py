"""What a checkpoint keeps of a hand-over."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HandOverRecord"]


@dataclass(frozen=True)
class HandOverRecord:
    """Where a component's hand-over is, and which manifest makes it whole.

    `directory` is relative to the run's own directory; `manifest_sha256` is of the manifest's bytes, in hex: any
    other manifest found there is not the one that this run wrote.
    """

    directory: str
    manifest_sha256: str
