"""`Write` in a process that is killed with signal 9 at chance moments, and tried again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from ppf_core.batch import Write
from ppf_core.component import RunIdentity

pytestmark = [pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(900)]

MODES = ("overwrite", "append")
ROWS = "SELECT id, concat('k', id % 4) AS kind FROM range(1000, 1400, 1, 8)"

# Overwrites and appends at the same time, in two threads, below each folder that it reads from its input.
WRITER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from pyspark.sql import SparkSession
from tests.spark.test_write_killed import MODES, ROWS, write
spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
         .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
         .config("spark.driver.host", "127.0.0.1").config("spark.ui.showConsoleProgress", "false").getOrCreate())
with ThreadPoolExecutor(2) as threads:
    for folder in map(str.strip, sys.stdin):
        list(threads.map(lambda mode: write(spark, Path(folder), mode), MODES))
        print("done", flush=True)
"""


def write(spark: SparkSession, folder: Path, mode: str) -> None:
    """Write the same rows, as another try of the same run."""
    spark.sql(ROWS).createOrReplaceTempView(f"data_{mode}")
    partition_by = ["kind"] if mode == "append" else []
    target = {"format": "parquet", "path": str(folder / mode / "out")}
    made = Write.from_config({"view": f"data_{mode}", "mode": mode, "partition_by": partition_by, **target})
    made.set_spark_session(spark)
    made.set_run_identity(RunIdentity((), "p", "r", mode))
    made.run()


class Writer:
    """The process; its JVM is in the same process group, and dies with it."""

    def __init__(self) -> None:
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            cwd=root,
            env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONPATH": str(root)},
        )

    def begin(self, folder: Path) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{folder}\n")
        self.process.stdin.flush()

    def write(self, folder: Path) -> float:
        """Write to the end; seconds."""
        began = time.monotonic()
        self.begin(folder)
        assert self.process.stdout is not None
        while (line := self.process.stdout.readline()).strip() != "done":
            assert line, "the writer has died"
        return time.monotonic() - began

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()


@contextmanager
def writer() -> Iterator[Writer]:
    made = Writer()
    try:
        yield made
    finally:
        made.kill()


def ids(*folders: Path) -> list[int]:
    files = [file for folder in folders for file in folder.rglob("part-*.parquet")]
    frames = [pd.read_parquet(file, columns=["id"], partitioning=None) for file in files]
    return sorted(int(value) for frame in frames for value in frame["id"])


OLD, NEW = list(range(100)), list(range(1000, 1400))


def put_old(folder: Path) -> None:
    for target in (folder / "overwrite" / "out", folder / "append" / "out" / "kind=k0"):
        target.mkdir(parents=True)
        pd.DataFrame({"id": OLD}).to_parquet(target / "part-0.parquet")


@pytest.mark.parametrize("number", range(5))
def test_killed_at_a_chance_moment_nothing_is_lost_and_a_retry_makes_it_whole(
    number: int, clean_spark: SparkSession, tmp_path: Path
) -> None:
    put_old(tmp_path)
    with writer() as process:
        process.write(tmp_path / "first")  # takes many times as long as any other
        seconds = process.write(tmp_path / "measured")
        process.begin(tmp_path)
        wake = time.monotonic() + (number + random.Random(number).random()) / 5 * seconds
        while time.monotonic() < wake:
            os.sched_yield()
    appended, overwritten = tmp_path / "append" / "out", tmp_path / "overwrite" / "out"
    assert [each for each in ids(appended) if each < len(OLD)] == OLD
    aside = ids(*overwritten.parent.glob(".ppf-out/*/old-*"))
    assert ids(overwritten) in (OLD, NEW) or (ids(overwritten) == [] and aside == OLD)

    for mode in MODES:
        write(clean_spark, tmp_path, mode)
        assert [each.name for each in (tmp_path / mode).iterdir()] == ["out"]
    assert ids(overwritten) == NEW
    assert ids(appended) == [*OLD, *NEW]
