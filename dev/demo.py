"""What `make demo` runs: the example fails late on its first try, is retried, and resumes.

Exit code 0 only if all of that happened and the results are there; 1 otherwise, 2 where another Airflow
of this checkout is running, 130 after Ctrl-C.
"""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import nullcontext
from typing import Any

from rich.console import Console
from rich.markup import escape

from dev.airflow_client import FINISHED, AirflowApiError, AirflowClient, DagImportError, TaskId
from dev.demo_report import explain, what_went_otherwise
from dev.demo_tables import result_tables
from dev.home_lock import HomeInUseError
from dev.local_airflow import LocalAirflow, LocalAirflowError
from dev.places import EXAMPLES, EXAMPLES_ENV, HOME, RESULTS
from dev.task_progress import progress_of, summary_in

__all__ = ["main"]

DAG_ID = "nyc_flights"
TASK_ID = "pipeline"
LATE = "publish_report"
"""The component whose first try fails."""

TIMEOUT_SECONDS = 600.0


def main() -> int:
    """Runs the demo; the result is the exit code."""
    # A file or a pipe has no width of its own, and its lines are not to be cut.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)
    begin = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - begin:5.1f} s[/]  {escape(text)}")

    try:
        # Left by an earlier demo, they would look like this one's.
        with LocalAirflow(HOME, EXAMPLES, env=EXAMPLES_ENV, say=say) as airflow:
            shutil.rmtree(RESULTS, ignore_errors=True)
            say(f"Airflow is up: {airflow.address}, login {airflow.username}, password {airflow.password}")
            task = _trigger(airflow.client, say)
            tries = _follow(airflow.client, task, console, say)
    except HomeInUseError as error:
        console.print(f"[red]{escape(str(error))}[/]")
        return 2
    except (LocalAirflowError, DagImportError, AirflowApiError, TimeoutError) as error:
        console.print(f"[red]The demo did not come to its end:[/] {escape(str(error))}")
        console.print(f"Logs: {HOME / 'logs'}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; Airflow is stopped")
        return 130
    return _conclude(tries, console, say)


def _trigger(client: AirflowClient, say: Any) -> TaskId:
    client.wait_for_dag(DAG_ID, file=f"{DAG_ID}.py")
    # Left by a demo that was interrupted; Airflow would take them up again beside ours.
    for run in client.runs(DAG_ID, ["queued", "running"]):
        client.set_run_state(DAG_ID, run["dag_run_id"], "failed")
    run_id = client.trigger(DAG_ID, {"lose_connection": True})
    say(f"triggered {DAG_ID} as {run_id}; {LATE} will lose its connection once")
    return TaskId(DAG_ID, run_id, TASK_ID)


def _follow(
    client: AirflowClient, task: TaskId, console: Console, say: Any
) -> list[tuple[dict[str, Any], float]]:
    """Shows the components as they finish until the run is over; each try's summary and seconds."""
    shown: dict[int, int] = {}
    deadline = time.monotonic() + TIMEOUT_SECONDS
    with console.status("waiting for the task") if console.is_terminal else nullcontext() as status:
        while True:
            # Asked for before the logs, so that the last round of them is complete.
            over = client.run(task.dag_id, task.run_id)["state"] in FINISHED
            tries = [one for one in client.tries(task) if one["start_date"]]
            for number in (one["try_number"] for one in tries):
                lines = client.log(task, number)
                if number not in shown:
                    say(f"try {number} started")
                for line in lines[shown.get(number, 0) :]:
                    if (progress := progress_of(line)) is None:
                        continue
                    if progress.event == "started" and status is not None:
                        status.update(f"try {number}: {escape(progress.component)}")
                    elif progress.event == "succeeded":
                        console.print(
                            f"           [green]done[/]    {progress.component:<28} {progress.text}"
                        )
                    elif progress.event == "failed":
                        console.print(
                            f"           [red]failed[/]  {progress.component:<28} {escape(progress.text)}"
                        )
                shown[number] = len(lines)
            if over:
                break
            if time.monotonic() > deadline:
                raise TimeoutError(f"the run was not over after {TIMEOUT_SECONDS:g} s")
            time.sleep(0.7)
    found: list[tuple[dict[str, Any], float]] = []
    for one in tries:
        summary = summary_in(client.log(task, one["try_number"]))
        if summary is None:
            raise LocalAirflowError(
                f"try {one['try_number']} ended as {one['state']} without a summary; its log ends with:\n"
                + "\n".join(_text(line) for line in client.log(task, one["try_number"])[-15:])
            )
        found.append((summary, float(one["duration"] or 0)))
    return found


def _text(line: dict[str, Any]) -> str:
    errors = [f"{one.get('exc_type')}: {one.get('exc_value')}" for one in line.get("error_detail") or ()]
    return "  ".join([str(line.get("event")), *errors])


def _conclude(tries: list[tuple[dict[str, Any], float]], console: Console, say: Any) -> int:
    say("Airflow is stopped")
    summaries = [summary for summary, _ in tries]
    console.print()
    for line in explain(summaries, [seconds for _, seconds in tries]):
        console.print(escape(line), soft_wrap=True)
    console.print()
    wrong = what_went_otherwise(summaries, LATE)
    try:
        for table in result_tables(RESULTS):
            console.print(table)
    except FileNotFoundError as error:
        wrong.append(f"a result was not written: {error}")
    console.print(f"Results: {RESULTS}   Airflow's home: {HOME}   To look around in its UI: make up")
    for each in wrong:
        console.print(f"[red]Not as expected:[/] {escape(each)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
