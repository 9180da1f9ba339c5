"""Tries of one task whose pipeline is submitted; as a program, one try of it."""

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
from tests.support.shared_task_state_store import SharedStateStore
from tests.support.task_processes import drivers_in, write_pipeline

__all__ = ["SubmittedTries", "outcomes"]

CHECKOUT = Path(__file__).parents[2]


class SubmittedTries:
    """Tries of one task instance, with the context that Airflow gives an operator.

    Args:
        folder: Directory of all files, `checkpoint.root` included.
        text: Pipeline file; FOLDER in it stands for that folder.
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
        """Run the next try in this process."""
        return self.operator(*hooks).execute(self.context())

    def start(self, *hooks: dict[str, Any]) -> subprocess.Popen[bytes]:
        """Start the next try in a separate process."""
        self.tries += 1
        return subprocess.Popen(
            [sys.executable, "-m", __name__, str(self.folder), self.text, str(self.tries), json.dumps(hooks)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            cwd=CHECKOUT,
            start_new_session=True,
        )

    def processes(self) -> list[psutil.Process]:
        """Return all living processes that any try has started."""
        return processes_of(self.folder)

    def drivers(self) -> list[psutil.Process]:
        """Return the living Python processes that run the pipeline."""
        return drivers_in(self.folder)

    def ledger(self) -> list[str]:
        """Return the lines that components have written."""
        file = self.folder / "ledger"
        return file.read_text().splitlines() if file.exists() else []


def outcomes(summary: dict[str, Any]) -> dict[str, str]:
    """Return the outcome of each component."""
    return {component["name"]: component["outcome"] for component in summary["components"]}


def main(folder: str, text: str, number: str, hooks: str) -> None:
    """Run one try and print its summary."""
    task = SubmittedTries(Path(folder), text)
    task.tries = int(number) - 1
    sys.stdout.write(json.dumps(task.run(*json.loads(hooks))) + "\n")


if __name__ == "__main__":
    os.environ[MARK] = sys.argv[1]
    main(*sys.argv[1:])
