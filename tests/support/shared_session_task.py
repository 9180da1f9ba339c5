"""Program that runs one try of a component's task, and prints its outcome as one line of JSON."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from airflow_ppf.dag_factory import pipeline_dag
from ppf_core.component import DataFlow
from ppf_core.runner import NoOpHooks
from tests.support.components import EVENTS, Views
from tests.support.task_state_store import StateStore
from tests.support.task_try import task_try


class UsesModule(DataFlow):
    """A component that makes the view `doubled` with a function of a module sent to the executors."""

    def __init__(self, **settings: Any) -> None:
        """Accept the settings of `Views`."""

    def run(self) -> None:
        """Make the view."""

        def plus(batches: Any) -> Any:
            import sent_away  # type: ignore[import-not-found]

            for batch in batches:
                yield batch.assign(id=sent_away.plus(batch["id"]))

        self.spark.table("numbers").mapInPandas(plus, "id LONG").createOrReplaceTempView("doubled")


class Held(Views):
    """A component that runs a Spark job before it makes its views.

    The job adds its process id to the file `started` and ends when somebody writes to the named pipe `until`.
    """

    def __init__(self, started: str, until: str, **settings: Any) -> None:
        super().__init__(**settings)
        self._started = started
        self._until = until

    def run(self) -> None:
        """Run the job, then make the views."""
        started, until = self._started, self._until

        def hold(batches: Any) -> Any:
            import os
            from pathlib import Path

            with Path(started).open("a") as file:
                file.write(f"{os.getpid()}\n")
            Path(until).read_text()
            yield from batches

        self.spark.range(0, 1, 1, 1).mapInPandas(hold, "id LONG").collect()
        super().run()


class RecordSessions(NoOpHooks):
    """A hook of an operator that records the ids of the run's own session and of the shared session."""

    def __init__(self, operator: Any) -> None:
        self._operator = operator
        self.sessions: list[str] = []

    def after_component(self, config: Any, index: int, total: int, duration_ms: int) -> None:
        """Record them while both exist."""
        session = self._operator.hook._runner.session
        if session.started and session.shared is not None:
            self.sessions = [session.spark.session_id, session.shared._hub.session_id]


def main(folder: Path, task_id: str) -> None:
    """Run the task with the XComs of its upstream tasks in `folder`/tasks, and write its own there."""
    os.environ["AIRFLOW__PPF__PARSE_CACHE"] = ""
    dag = pipeline_dag(folder / "p.conf")
    dag.fileloc = str(folder / "dag.py")
    for task in dag.tasks:
        task.pipeline = "p.conf"  # type: ignore[attr-defined]  # all of them have one
    file = folder / "tasks" / f"{task_id}.json"
    file.parent.mkdir(exist_ok=True)
    kept = json.loads(file.read_text()) if file.exists() else {"state": {}, "tries": 0}
    tries = kept["tries"] + 1
    store = StateStore(kept["state"])
    xcoms: dict[str, Any] = {}

    def pull(task_ids: str, key: str, map_indexes: int) -> Any:
        other = file.with_name(f"{task_ids}.json")
        return json.loads(other.read_text())["xcoms"].get(key) if other.exists() else None

    operator, context = task_try(
        dag,
        task_id,
        tries,
        state=store,
        xcom_push=lambda key, value: xcoms.update({key: value}),
        xcom_pull=pull,
    )

    signal.signal(signal.SIGTERM, lambda *_: operator.on_kill())  # as Airflow does
    sessions = RecordSessions(operator)
    operator.hooks = [sessions]
    outcome: dict[str, Any] = {"error": None}
    began = time.monotonic()
    try:
        outcome["returned"] = operator.execute(context)
    except Exception as error:  # noqa: BLE001 - it is reported
        outcome["error"] = f"{type(error).__name__}: {error}"
    outcome |= {"seconds": time.monotonic() - began, "events": EVENTS, "sessions": sessions.sessions}
    file.write_text(json.dumps({"state": store.values, "tries": tries, "xcoms": xcoms}))
    sys.stdout.write(json.dumps(outcome, default=str) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
