"""What a checkpoint keeps of a hand-over."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HandOverRecord"]


@dataclass(frozen=True)
class HandOverRecord:
    """Where a component's hand-over is: written, in a session that the run's processes share, or both.

    `directory` is relative to the run's own directory; `manifest_sha256` is of the manifest's bytes, in hex: any
    other manifest found there is not the one that this run wrote. Both are empty where nothing was written.
    `session` is the token under which the views were published in the shared session; empty where they were not.
    """

    directory: str = ""
    manifest_sha256: str = ""
    session: str = ""

    @property
    def is_written(self) -> bool:
        """Whether it outlives the shared session."""
        return bool(self.directory)
