"""Runs of the pipeline in tests/e2e/dags/ledger.conf, whose components record their work in a ledger file."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from dev.airflow_client import AirflowClient, TaskId
from dev.waiting import wait_for_line

FIRST_STEPS = ["sales", "per_shop", "append_per_shop"]
LAST_STEPS = ["trouble", "append_total"]
REPLAYED = ["sales"]

SHOPS = ("Lyon", "Oslo", "Kobe")
DAGS = Path(__file__).parents[1] / "e2e" / "dags"


def copy_dags(folder: Path, *names: str) -> None:
    """Copy files of tests/e2e/dags into a DAG folder."""
    for name in names:
        for file in DAGS.glob(name):
            shutil.copy(file, folder)


def starts(dag_id: str, **conf: object) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Trigger the run that a test gets as its `ledger` before the first test of the file.

    So the runs of several tests overlap, and each test waits only for the rest of its own run.
    `conf` may have arguments of `LedgerRun.trigger`. A test with parameters has a single run for all of them.
    """

    def mark(test: Callable[..., None]) -> Callable[..., None]:
        test.starts = (dag_id, conf)  # type: ignore[attr-defined]
        return test

    return mark


@dataclass
class LedgerRun:
    """One run, once it is triggered, and its files in `folder`."""

    client: AirflowClient
    folder: Path
    dag_id: str = ""
    run_id: str = ""

    def __post_init__(self) -> None:
        chance = random.Random(20131224)
        rows = [(chance.choice(SHOPS), chance.randint(-500, 10_000)) for _ in range(300)]
        pd.DataFrame(rows, columns=["shop", "cents"]).to_csv(self.sales, index=False)

    @property
    def sales(self) -> Path:
        return self.folder / "sales.csv"

    @property
    def file(self) -> Path:
        return self.folder / "ledger"

    @property
    def task(self) -> TaskId:
        return TaskId(self.dag_id, self.run_id, "pipeline")

    def trigger(
        self,
        dag_id: str,
        *,
        dag_file: str = "ledger.py",
        run_id: str | None = None,
        logical_date: datetime | None = None,
        **conf: object,
    ) -> TaskId:
        self.dag_id = dag_id
        self.client.wait_for_dag(dag_id, file=dag_file)
        files = {"sales": str(self.sales), "ledger": str(self.file), "output": str(self.folder)}
        self.run_id = self.client.trigger(
            dag_id, {**files, "kind": "fail", "times": 0, **conf}, run_id=run_id, logical_date=logical_date
        )
        return self.task

    def wait_for(self, state: str, *, timeout_seconds: float = 500) -> None:
        run = self.client.wait_for_run(self.dag_id, self.run_id, timeout_seconds=timeout_seconds)
        assert run["state"] == state

    def wait_for_try(self, number: int, state: str = "success") -> None:
        self.client.wait_for_task(self.task, [state], try_number=number, timeout_seconds=300)

    def wait_for_trouble(self, kind: str = "hang") -> list[psutil.Process]:
        """Wait for a Spark job that never ends; return the task's process and all its descendants, the JVM included."""
        process = psutil.Process(int(wait_for_line(self.file, f"{kind} ", timeout_seconds=500).split()[1]))
        return [process, *process.children(recursive=True)]

    def steps(self) -> list[str]:
        return self.file.read_text().splitlines()

    def outcomes(self, key: str = "return_value") -> dict[str, str]:
        """Return the outcome of each component in the summary of the last try."""
        summary: dict[str, Any] = self.client.xcom(self.task, key)
        return {component["name"]: component["outcome"] for component in summary["components"]}

    def sold(self) -> pd.DataFrame:
        """Return the sales that the pipeline accepts."""
        return pd.read_csv(self.sales).query("cents >= 0")

    def assert_resumed(self, replayed: list[str] = REPLAYED) -> None:
        """Check that of the work before the trouble only views were made again, and that each row exists once."""
        steps = self.steps()
        assert steps[:3] == FIRST_STEPS
        assert len(steps[3].split()) == 2, steps  # the trouble, and whose it was
        assert steps[4:] == replayed + LAST_STEPS
        self.assert_data_equals_pandas()

    def assert_data_equals_pandas(self, *, times: int = 1) -> None:
        """Check that each row exists exactly `times` times; pandas computes the sums from the input."""
        sales = self.sold()
        per_shop = sales.groupby("shop", as_index=False)["cents"].sum()
        order = ["shop", "cents"]
        for name, once in (("per_shop", per_shop), ("sales", sales)):
            pd.testing.assert_frame_equal(
                pd.read_parquet(self.folder / name).sort_values(order, ignore_index=True),
                pd.concat([once] * times).sort_values(order, ignore_index=True),
                check_dtype=False,
            )
