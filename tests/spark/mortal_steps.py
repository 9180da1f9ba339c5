"""Components that note what they do in a ledger file, and one that kills its process."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from ppf_core.component import DataFlow


class Noted(DataFlow):
    """Makes a view, and notes that it ran."""

    def __init__(self, ledger: str, view: str, query: str) -> None:
        self.ledger = Path(ledger)
        self.view = view
        self.query = query

    def note(self) -> None:
        with self.ledger.open("a") as file:
            file.write(f"{self.view}\n")

    def run(self) -> None:
        self.spark.sql(self.query).createOrReplaceTempView(self.view)
        self.note()


class Mortal(Noted):
    """Writes the rows of its query as Parquet; as long as the file `deadly` is there it dies of it instead."""

    def __init__(self, deadly: str, path: str, **more: str) -> None:
        super().__init__(**more)
        self.deadly = Path(deadly)
        self.path = path

    def run(self) -> None:
        self.note()
        if self.deadly.exists():
            self.deadly.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        self.spark.sql(self.query).write.parquet(self.path)
