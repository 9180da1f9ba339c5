"""Destinations of a run report: the protocol, and a file on the local disk."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ppf_core.runner.checkpoint import TryRecord

__all__ = ["ReportDestination", "ReportFile"]


class ReportDestination(Protocol):
    """Takes the report of one try of a run, and may know the addresses of earlier reports."""

    def write(self, page: str) -> None:
        """Store the whole page or nothing; an exception is a hook's error and does not fail the run."""

    def page_of_try(self, record: TryRecord) -> str | None:
        """Return the address of an earlier try's page, relative to this page, or `None`."""
        return None


class ReportFile(ReportDestination):
    """A file on the local disk, replaced if it exists; missing folders are created."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser()

    def write(self, page: str) -> None:
        """Write the page to the file.

        Raises:
            OSError: the file cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(f".report-{uuid.uuid4().hex}.partial")
        try:
            partial.write_text(page, encoding="utf-8")
            partial.replace(self.path)
        finally:
            partial.unlink(missing_ok=True)
