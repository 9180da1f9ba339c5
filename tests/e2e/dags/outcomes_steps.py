"""A component that notes what it does, and gets into trouble once."""

from __future__ import annotations

import logging
from pathlib import Path

from airflow.sdk.exceptions import AirflowSkipException

from ppf_core.component import PipelineComponent

TROUBLE = {
    "wrong": TypeError("this code is wrong"),
    "lost": ConnectionError("connection reset by peer"),
    "skip": AirflowSkipException("no data today"),
}


class Note(PipelineComponent):
    """Appends its name to a file; the first time, raises what `trouble` says."""

    def __init__(self, ledger: str, step: str, trouble: str = "none") -> None:
        self.ledger = Path(ledger)
        self.step = step
        self.trouble = trouble

    def run(self) -> None:
        """Note it."""
        before = self.ledger.read_text() if self.ledger.exists() else ""
        self.ledger.write_text(f"{before}{self.step}\n")
        logging.getLogger("outcomes").info("noted by %s", self.step)
        if self.trouble in TROUBLE and self.step not in before:
            raise TROUBLE[self.trouble]
