"""One task instance whose pipeline is submitted, over its tries; run as a program it is one try of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
from airflow.sdk import Asset
from airflow.sdk.execution_time.context import OutletEventAccessors

from airflow_ppf.operators.pipeline import PipelineOperator
from dev.processes import MARK, processes_of
from tests.cluster.shared_state_store import SharedStateStore
from tests.cluster.task_processes import drivers_in, write_pipeline

__all__ = ["SubmittedTries", "outcomes"]

CHECKOUT = Path(__file__).parents[2]


class SubmittedTries:
    """Its tries, as Airflow would tell an operator of them.

    Args:
        folder: For all that it needs; `checkpoint.root` is in it.
        text: The pipeline, in which FOLDER is that folder.
    """

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.text = text.replace("FOLDER", str(folder))
        self.state = SharedStateStore(folder / "state.json")
        self.tries = 0
        self.xcom: dict[str, Any] = {}
        self.outlets: list[Asset] = []
        self.events = OutletEventAccessors()

    def operator(self, *hooks: dict[str, Any]) -> PipelineOperator:
        file = write_pipeline(self.folder, self.text, *hooks)
        return PipelineOperator(task_id="p", pipeline=str(file), submit=True, outlets=self.outlets)

    def context(self) -> Any:
        self.tries += 1
        ti = SimpleNamespace(
            dag_id="d", run_id="r", task_id="p", map_index=-1, try_number=self.tries, max_tries=3, id="ti"
        )
        ti.xcom_push = self.xcom.__setitem__
        return {
            "ti": ti,
            "dag_run": SimpleNamespace(conf={}),
            "task_state_store": self.state,
            "params": {},
            "outlet_events": self.events,
        }

    def run(self, *hooks: dict[str, Any]) -> dict[str, Any]:
        """The next try, in this process."""
        return self.operator(*hooks).execute(self.context())

    def start(self, *hooks: dict[str, Any]) -> subprocess.Popen[bytes]:
        """The next try, in a process of its own."""
        self.tries += 1
        return subprocess.Popen(
            [sys.executable, "-m", __name__, str(self.folder), self.text, str(self.tries), json.dumps(hooks)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=CHECKOUT,
            start_new_session=True,
        )

    def processes(self) -> list[psutil.Process]:
        """All that any try has started and that is alive, whoever its parent is."""
        return processes_of(self.folder)

    def drivers(self) -> list[psutil.Process]:
        """Of these the Python processes that run the pipeline."""
        return drivers_in(self.folder)

    def ledger(self) -> list[str]:
        """The lines that components have written."""
        file = self.folder / "ledger"
        return file.read_text().splitlines() if file.exists() else []


def outcomes(summary: dict[str, Any]) -> dict[str, str]:
    """Of each component."""
    return {one["name"]: one["outcome"] for one in summary["components"]}


def main(folder: str, text: str, number: str, hooks: str) -> None:
    """One try."""
    task = SubmittedTries(Path(folder), text)
    task.tries = int(number) - 1
    sys.stdout.write(json.dumps(task.run(*json.loads(hooks))) + "\n")


if __name__ == "__main__":
    os.environ[MARK] = sys.argv[1]
    main(*sys.argv[1:])
