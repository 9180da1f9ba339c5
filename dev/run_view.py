"""Live view of a run of a pipeline task."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from dev.airflow_client import FINISHED
from dev.local_airflow import LocalAirflowError
from dev.task_progress import Progress, progress_of, summary_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.status import Status

    from dev.airflow_client import AirflowClient, TaskId

__all__ = ["RunView", "Try"]


@dataclass(frozen=True)
class Try:
    """One finished try: the operator's summary, and the seconds that Airflow measured."""

    summary: dict[str, Any]
    seconds: float


class RunView:
    """Prints the components of one task as they finish, try by try, as they appear in its log.

    On a terminal the last line also names the component that is running.
    """

    def __init__(
        self, client: AirflowClient, task: TaskId, console: Console, say: Callable[[str], None]
    ) -> None:
        self._client = client
        self._task = task
        self._console = console
        self._say = say
        self._lines_shown: dict[int, int] = {}

    def follow(self, *, timeout_seconds: float = 600.0) -> list[Try]:
        """Show the run until it is over, and return its tries.

        Raises:
            TimeoutError: it was not over in time.
            LocalAirflowError: a try ended without a summary; the message has the end of its log.
        """
        deadline = time.monotonic() + timeout_seconds
        waiting = self._console.status("waiting for the task") if self._console.is_terminal else nullcontext()
        with waiting as status:
            while True:
                # Before the logs are read, so that the last round reads them completely.
                run = self._client.run(self._task.dag_id, self._task.run_id)
                tries = [each for each in self._client.tries(self._task) if each["start_date"]]
                for each in tries:
                    self._show_news(each["try_number"], status)
                if run["state"] in FINISHED:
                    return [self._conclude(each) for each in tries]
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the run was not over after {timeout_seconds:g} s")
                time.sleep(0.7)

    def _show_news(self, number: int, status: Status | None) -> None:
        if number not in self._lines_shown:
            self._say(f"try {number} started")
        lines = self._client.log(self._task, number)
        for line in lines[self._lines_shown.get(number, 0) :]:
            if progress := progress_of(line):
                self._show(number, progress, status)
        self._lines_shown[number] = len(lines)

    def _show(self, number: int, progress: Progress, status: Status | None) -> None:
        if progress.event == "started":
            if status is not None:
                status.update(f"try {number}: {escape(progress.component)}")
            return
        mark = "[green]done[/]  " if progress.event == "succeeded" else "[red]failed[/]"
        text = f"{'':11}{mark}  {escape(progress.component):<28} {escape(progress.text)}"
        self._console.print(text, soft_wrap=True)

    def _conclude(self, ended: dict[str, Any]) -> Try:
        lines = self._client.log(self._task, ended["try_number"])
        summary = summary_in(lines)
        if summary is None:
            end = "\n".join(_text(line) for line in lines[-15:])
            raise LocalAirflowError(
                f"try {ended['try_number']} ended as {ended['state']} without a summary; its log ends with:\n{end}"
            )
        return Try(summary, float(ended["duration"] or 0))


def _text(line: dict[str, Any]) -> str:
    errors = [
        f"{error.get('exc_type')}: {error.get('exc_value')}" for error in line.get("error_detail") or ()
    ]
    return "  ".join([str(line.get("event")), *errors])
