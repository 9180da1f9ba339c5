"""Where a report goes."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ppf_core.runner.checkpoint import TryRecord

__all__ = ["ReportFile", "ReportPlace"]


class ReportPlace(Protocol):
    """Takes the report of one try of a run, and may know where those of earlier tries are."""

    def write(self, page: str) -> None:
        """Keep the page, as a whole or not at all; what is raised is a hook's error and does not fail the run."""

    def page_of_try(self, record: TryRecord) -> str | None:
        """The address of an earlier try's page, as seen from this one; `None` if there is none."""
        return None


class ReportFile(ReportPlace):
    """A file on the local disk. What was there is replaced; folders are made."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser()

    def write(self, page: str) -> None:
        """As `ReportPlace`.

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
