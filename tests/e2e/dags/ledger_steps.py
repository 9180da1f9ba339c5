"""Components that note in a ledger file what they really do."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from ppf_core.component import DataCount, DataFlow, RowCounter


class Noted(DataFlow):
    """Notes its name and process when it begins and when it has ended."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Noted:
        return cls(config)

    def note(self, text: str) -> None:
        with Path(self.config["ledger"]).open("a") as ledger:
            ledger.write(f"{text}\n")

    def run(self) -> None:
        self.work()
        self.note(self.config["step"])

    def work(self) -> None:
        raise NotImplementedError


class Query(Noted):
    """Makes a view of a query."""

    def work(self) -> None:
        self.spark.sql(self.config["query"]).createOrReplaceTempView(self.config["view"])


class Append(Noted):
    """Appends a view to Parquet files: the data show what ran twice."""

    def work(self) -> None:
        self.counter = RowCounter()
        rows = self.counter.watch(self.spark.table(self.config["view"]))
        rows.write.mode("append").parquet(self.config["path"])

    def data_counts(self) -> list[DataCount]:
        return [DataCount(self.config["path"], self.counter.rows)]


class Trouble(Noted):
    """Fails, never ends in the middle of a Spark job, or waits for a file, as often as `times` says."""

    def work(self) -> None:
        troubles = Path(self.config["ledger"]).with_suffix(".troubles")
        before = len(troubles.read_text()) if troubles.exists() else 0
        if before >= int(self.config["times"]):
            return
        troubles.write_text("x" * (before + 1))
        self.note(f"{self.config['kind']} {os.getpid()}")
        if self.config["kind"] == "wait":
            while not Path(self.config["ledger"]).with_suffix(".gate").exists():
                time.sleep(0.1)
            return
        if self.config["kind"] == "overtime":
            # The alarm that Airflow has set for the time limit comes now, however long the task took to get here.
            signal.setitimer(signal.ITIMER_REAL, 2)
        if self.config["kind"] in ("hang", "overtime"):
            self.spark.sparkContext.parallelize([0], 1).foreach(lambda _: time.sleep(600))
        raise ConnectionError("connection reset by peer")
