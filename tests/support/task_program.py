"""Program that runs one try of a task of a pipeline file's DAG, or of several tasks in a row."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_ppf.dag_factory import pipeline_dag
from tests.support.shared_task_state_store import SharedStateStore
from tests.support.task_try import task_try

if TYPE_CHECKING:
    from airflow.sdk import DAG


def main(file: str, kept: str, *task_ids: str) -> None:
    """Run the tasks; state, XComs and number of tries of each are kept in the folder `kept`.

    The last task runs in this process, each task before it in a child process, which has to succeed.
    """
    dag = pipeline_dag(file)
    *before, last = task_ids
    for task_id in before:
        if (child := os.fork()) == 0:
            run(dag, Path(kept), task_id)
            return
        if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            sys.exit(f"{task_id} has ended with {code}")
    run(dag, Path(kept), last)


def run(dag: DAG, kept: Path, task_id: str) -> None:
    """Run the next try of a task."""

    def store(kind: str, task: str) -> SharedStateStore:
        return SharedStateStore(kept / f"{task}.{kind}.json")

    xcoms, tries = store("xcoms", task_id), store("tries", task_id)
    number = tries.get("count", 0) + 1
    tries.set("count", number)
    for key in ("ppf_handover", "return_value"):  # Airflow forgets them when a try begins
        xcoms.delete(key)
    operator, context = task_try(
        dag,
        task_id,
        number,
        state=store("state", task_id),
        xcom_push=lambda key, value: xcoms.set(key, json.loads(json.dumps(value))),
        cleared=tries.get("cleared", 0),
        xcom_pull=lambda task_ids, key, map_indexes: store("xcoms", task_ids).get(key),
    )
    if (returned := operator.execute(context)) is not None:
        xcoms.set("return_value", returned)


if __name__ == "__main__":
    os.environ["AIRFLOW__PPF__PARSE_CACHE"] = ""
    main(*sys.argv[1:])
