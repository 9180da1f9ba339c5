"""Run as a program: a try of a task of a pipeline file's own DAG, or of several, one after the other."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_ppf.dag_factory import pipeline_dag
from tests.airflow.task_try import task_try
from tests.cluster.shared_state_store import SharedStateStore

if TYPE_CHECKING:
    from airflow.sdk import DAG


def main(file: str, kept: str, *task_ids: str) -> None:
    """What Airflow keeps of the DAG run is in the folder `kept`: of each task its state, its XComs, its tries.

    The last of the tasks is this process, each one before it a child of it that has to succeed.
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
    """The next try of it."""

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
