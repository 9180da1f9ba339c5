"""Run as a program: one try of one task of a pipeline file's own DAG, in a process of its own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from airflow_ppf.dag_factory import pipeline_dag
from tests.airflow.task_try import task_try
from tests.cluster.shared_state_store import SharedStateStore


def main(file: str, kept: str, task_id: str) -> None:
    """What Airflow keeps of the DAG run is in the folder `kept`: of each task its state, its XComs, its tries."""

    def store(kind: str, task: str) -> SharedStateStore:
        return SharedStateStore(Path(kept) / f"{task}.{kind}.json")

    dag = pipeline_dag(file)
    xcoms, tries = store("xcoms", task_id), store("tries", task_id)
    number = tries.get("count", 0) + 1
    tries.set("count", number)
    operator, context = task_try(
        dag,
        task_id,
        number,
        state=store("state", task_id),
        xcom_push=lambda key, value: xcoms.set(key, json.loads(json.dumps(value))),
        cleared=tries.get("cleared", 0),
        xcom_pull=lambda task_ids, key, map_indexes: store("xcoms", task_ids).get(key),
    )
    sys.stdout.write(json.dumps(operator.execute(context)))


if __name__ == "__main__":
    os.environ["AIRFLOW__PPF__PARSE_CACHE"] = ""
    main(*sys.argv[1:])
