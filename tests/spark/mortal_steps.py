"""Components that note what they do in a ledger file, and one that kills its process."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from ppf_core.component import DataFlow
from ppf_core.runner import NoOpHooks

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig


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


class Endless(Noted):
    """Makes a view that never ends to compute; whoever reads the named pipe `fifo` hears when Spark has begun to."""

    def __init__(self, fifo: str, **more: str) -> None:
        super().__init__(**more)
        self.fifo = fifo

    def run(self) -> None:
        fifo = self.fifo

        def endless(batches: Any) -> Any:
            Path(fifo).write_text("working")
            Event().wait()
            yield from batches

        self.note()
        self.spark.range(0, 1, 1, 1).mapInPandas(endless, "id LONG").createOrReplaceTempView(self.view)


class TellsFailures(NoOpHooks):
    """Writes down when a component failed, in seconds of `time.monotonic`, which all processes share."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        self.path.write_text(f"{time.monotonic()} {config.name}: {error}")
