"""A DAG run whose tries of tasks are processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from dev.processes import MARK, processes_of
from tests.support.shared_task_state_store import SharedStateStore

__all__ = ["TaskProcesses", "Try", "drivers_in", "hook", "write_pipeline"]

CHECKOUT = Path(__file__).parents[2]
_SECONDS = 240


@dataclass(frozen=True)
class Try:
    """Exit code and output of a try, or of several in a row."""

    exit_code: int
    said: str


class TaskProcesses:
    """One run of the DAG of a pipeline file.

    Args:
        folder: Directory of all files, `checkpoint.root` included.
        text: Pipeline file; FOLDER in it stands for that folder.
        env: Further environment variables.
    """

    def __init__(self, folder: Path, text: str, env: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.text = text.replace("FOLDER", str(folder))
        self.env = env or {}

    def start(self, task_ids: str, *hooks: dict[str, Any]) -> subprocess.Popen[str]:
        """Start the next try of a task, or of several tasks in a row."""
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.support.task_program",
                str(self.file(*hooks)),
                str(self.folder),
                *task_ids.split(),
            ],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "AIRFLOW_HOME": str(self.folder / "airflow"),
                MARK: str(self.folder),
                **self.env,
            },
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, task_ids: str, *hooks: dict[str, Any]) -> Try:
        """Run what `start` starts, to the end."""
        with self.start(task_ids, *hooks) as process:
            try:
                said, _ = process.communicate(timeout=_SECONDS)
            finally:
                process.kill()
        return Try(process.returncode, said)

    def outcomes(self, task_id: str) -> dict[str, str]:
        """Return the outcome of each component in the last try of the task."""
        summary = SharedStateStore(self.folder / f"{task_id}.xcoms.json").get("return_value")
        return {component["name"]: component["outcome"] for component in summary["components"]}

    def clear(self, task_id: str) -> None:
        """Clear the task as in the UI: if it has succeeded, its next try starts afresh."""
        tries = SharedStateStore(self.folder / f"{task_id}.tries.json")
        tries.set("cleared", tries.get("cleared", 0) + 1)

    def file(self, *hooks: dict[str, Any]) -> Path:
        """Write the pipeline file with these hooks."""
        return write_pipeline(self.folder, self.text, *hooks)

    def processes(self) -> list[psutil.Process]:
        """Return all living processes that any try has started."""
        return processes_of(self.folder)

    def drivers(self) -> list[psutil.Process]:
        """Return the living processes that run a submitted pipeline."""
        return drivers_in(self.folder)


def write_pipeline(folder: Path, text: str, *hooks: dict[str, Any]) -> Path:
    """Write a pipeline file with these hooks and with `checkpoint.root` in the folder."""
    file = folder / "pipeline.conf"
    file.write_text(
        f'{text}\ncheckpoint {{ root = "{folder}/root" }}\nhooks {{ custom = {json.dumps(hooks)} }}\n'
    )
    return file


def drivers_in(folder: Path) -> list[psutil.Process]:
    """Return the Python processes that spark-submit has started for the pipeline of a run."""
    return [
        process
        for process in processes_of(folder)
        if process.name().startswith("python")
        and any(word.endswith("ppf_run.py") for word in process.cmdline())
    ]


def hook(name: str, component: str, **config: Any) -> dict[str, Any]:
    """Return an entry of `hooks.custom` for a class of `killing_hooks`."""
    return {"class_path": f"tests.support.killing_hooks.{name}", "config": {"component": component, **config}}
