"""A DAG run of a pipeline file's own DAG, in which each try of a task is a process."""

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
from tests.cluster.shared_state_store import SharedStateStore

__all__ = ["TaskProcesses", "Try", "drivers_in", "hook", "write_pipeline"]

CHECKOUT = Path(__file__).parents[2]
_SECONDS = 240


@dataclass(frozen=True)
class Try:
    """How one ended, or several in a row; `said` is all that it wrote."""

    exit_code: int
    said: str


class TaskProcesses:
    """The run.

    Args:
        folder: For all that it needs; `checkpoint.root` is in it.
        text: The pipeline, in which FOLDER is that folder.
        env: Environment variables besides.
    """

    def __init__(self, folder: Path, text: str, env: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.text = text.replace("FOLDER", str(folder))
        self.env = env or {}

    def start(self, task_ids: str, *hooks: dict[str, Any]) -> subprocess.Popen[str]:
        """The next try of a task, or of several, one after the other."""
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.cluster.one_task",
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
        """As `start`, to the end."""
        with self.start(task_ids, *hooks) as process:
            try:
                said, _ = process.communicate(timeout=_SECONDS)
            finally:
                process.kill()
        return Try(process.returncode, said)

    def outcomes(self, task_id: str) -> dict[str, str]:
        """Of each component, as the task's last try has returned them."""
        summary = SharedStateStore(self.folder / f"{task_id}.xcoms.json").get("return_value")
        return {one["name"]: one["outcome"] for one in summary["components"]}

    def clear(self, task_id: str) -> None:
        """As somebody does in the UI: it may have succeeded, and its next try is to start afresh then."""
        tries = SharedStateStore(self.folder / f"{task_id}.tries.json")
        tries.set("cleared", tries.get("cleared", 0) + 1)

    def file(self, *hooks: dict[str, Any]) -> Path:
        """The pipeline file, with these hooks."""
        return write_pipeline(self.folder, self.text, *hooks)

    def processes(self) -> list[psutil.Process]:
        """All that any try has started and that is alive, whoever its parent is."""
        return processes_of(self.folder)

    def drivers(self) -> list[psutil.Process]:
        """Those that run a submitted pipeline."""
        return drivers_in(self.folder)


def write_pipeline(folder: Path, text: str, *hooks: dict[str, Any]) -> Path:
    """The file of a pipeline with these hooks, whose checkpoints are in the folder too."""
    file = folder / "pipeline.conf"
    file.write_text(
        f'{text}\ncheckpoint {{ root = "{folder}/root" }}\nhooks {{ custom = {json.dumps(hooks)} }}\n'
    )
    return file


def drivers_in(folder: Path) -> list[psutil.Process]:
    """The Python processes of a run that spark-submit has started to run its pipeline."""
    return [
        one
        for one in processes_of(folder)
        if one.name().startswith("python") and any(word.endswith("ppf_run.py") for word in one.cmdline())
    ]


def hook(name: str, component: str, **config: Any) -> dict[str, Any]:
    """One of `killers`, as a pipeline names it."""
    return {"class_path": f"tests.cluster.killers.{name}", "config": {"component": component, **config}}
