"""Location of a component's hand-over: Parquet files, a shared session, or both."""

from __future__ import annotations

from dataclasses import dataclass

from .strict import STRICT_RECORD

__all__ = ["HandOverRecord"]


@dataclass(frozen=True)
class HandOverRecord:
    """Location from which the views of a component can be restored.

    Args:
        directory: The directory of the Parquet files, relative to the run's own directory; empty if none were written.
        manifest_sha256: SHA-256 of the manifest's bytes, in hex. Another manifest in that directory is not this run's.
        session: The token under which the views were published in the shared session; empty if they were not.

    Raises:
        ValueError: nothing is set, or only one of `directory` and `manifest_sha256`.
    """

    __pydantic_config__ = STRICT_RECORD

    directory: str = ""
    manifest_sha256: str = ""
    session: str = ""

    def __post_init__(self) -> None:
        """Require at least one location, and both parts of a written hand-over."""
        if bool(self.directory) != bool(self.manifest_sha256) or not (self.directory or self.session):
            raise ValueError(
                "expected directory and manifest_sha256, session, or all three; "
                f"got {self.directory!r}, {self.manifest_sha256!r} and {self.session!r}"
            )

    @property
    def is_written(self) -> bool:
        """Whether the views outlive the shared session."""
        return bool(self.directory)
