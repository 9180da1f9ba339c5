"""Demo of a resume (`make demo`): the example fails late in its first try, is retried, and resumes.

Exit code 0 only if all of that happened and the results exist; 1 otherwise, 2 if another Airflow
of this checkout is running, 130 after Ctrl-C.
"""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from dev.airflow_client import AirflowApiError, AirflowClient, DagImportError, TaskId
from dev.demo_report import deviations, explain
from dev.demo_tables import result_tables
from dev.home_lock import HomeInUseError
from dev.local_airflow import LocalAirflow, LocalAirflowError
from dev.places import EXAMPLES, EXAMPLES_ENV, HOME, RESULTS
from dev.run_view import RunView, Try

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["main"]

DAG_ID = "nyc_flights"
TASK_ID = "pipeline"
LATE = "publish_report"
"""Name of the component whose first try fails."""


def main() -> int:
    """Run the demo and return the exit code."""
    # A file or a pipe has no width, and its lines should not be cut.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)
    begin = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - begin:5.1f} s[/]  {escape(text)}", soft_wrap=True)

    try:
        # Results of an earlier demo would look like new results.
        with LocalAirflow(HOME, EXAMPLES, env=EXAMPLES_ENV, say=say) as airflow:
            shutil.rmtree(RESULTS, ignore_errors=True)
            say(f"Airflow is up: {airflow.address}, login {airflow.username}, password {airflow.password}")
            task = _trigger(airflow.client, say)
            tries = RunView(airflow.client, task, console, say).follow()
    except HomeInUseError as error:
        console.print(f"[red]{escape(str(error))}[/]")
        return 2
    except (LocalAirflowError, DagImportError, AirflowApiError, TimeoutError) as error:
        console.print(f"[red]The demo did not finish:[/] {escape(str(error))}")
        console.print(f"Logs: {HOME / 'logs'}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; Airflow is stopped")
        return 130
    return _conclude(tries, console, say)


def _trigger(client: AirflowClient, say: Callable[[str], None]) -> TaskId:
    client.wait_for_dag(DAG_ID, file=f"{DAG_ID}.py")
    # Airflow would also continue the runs of an interrupted demo.
    for run in client.runs(DAG_ID, ["queued", "running"]):
        client.set_run_state(DAG_ID, run["dag_run_id"], "failed")
    run_id = client.trigger(DAG_ID, {"lose_connection": True})
    say(f"triggered {DAG_ID} as {run_id}; {LATE} will lose its connection once")
    return TaskId(DAG_ID, run_id, TASK_ID)


def _conclude(tries: list[Try], console: Console, say: Callable[[str], None]) -> int:
    say("Airflow is stopped")
    summaries = [each.summary for each in tries]
    console.print()
    for line in explain(summaries, [each.seconds for each in tries]):
        console.print(escape(line), soft_wrap=True)
    console.print()
    wrong = deviations(summaries, LATE)
    try:
        for table in result_tables(RESULTS):
            console.print(table)
    except FileNotFoundError as error:
        wrong.append(f"a result was not written: {error}")
    console.print(f"Results: {RESULTS}\nTo look around in Airflow's UI: make up", soft_wrap=True)
    for each in wrong:
        console.print(f"[red]Not as expected:[/] {escape(each)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
