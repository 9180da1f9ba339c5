"""Components that record their runs in a ledger file; one of them kills its process."""

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
    """A component that makes a view and adds its name to the ledger."""

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
    """A component that writes Parquet; while the file `deadly` exists it kills its process instead."""

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
    """A component whose view never ends to compute; the named pipe `fifo` gets a word when Spark has begun."""

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


class RecordsFailures(NoOpHooks):
    """A hook that writes the time of a failure, in seconds of `time.monotonic`, which all processes share."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        self.path.write_text(f"{time.monotonic()} {config.name}: {error}")
