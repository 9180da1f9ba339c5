"""Run as a program: one try of one task of a pipeline file's own DAG, in a process of its own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow.sdk.bases.operator import ExecutorSafeguard

from airflow_ppf.dag_factory import pipeline_dag
from tests.cluster.shared_state_store import SharedStateStore


def main(file: str, kept: str, task_id: str) -> None:
    """What Airflow keeps of the DAG run is in the folder `kept`: of each task its state, its XComs, its tries."""

    def store(kind: str, task: str) -> SharedStateStore:
        return SharedStateStore(Path(kept) / f"{task}.{kind}.json")

    ExecutorSafeguard.test_mode = True
    dag = pipeline_dag(file)
    operator: Any = dag.get_task(task_id).prepare_for_execution()
    xcoms, tries = store("xcoms", task_id), store("tries", task_id)
    number = tries.get("count", 0) + 1
    tries.set("count", number)
    ti = SimpleNamespace(
        dag_id=dag.dag_id,
        run_id="r",
        task_id=task_id,
        map_index=-1,
        try_number=number,
        max_tries=5,
        id=f"{task_id}-{number}",
        xcom_push=lambda key, value: xcoms.set(key, json.loads(json.dumps(value))),
        xcom_pull=lambda task_ids, key, map_indexes: store("xcoms", task_ids).get(key),
    )
    context: Any = {
        "ti": ti,
        "task_state_store": store("state", task_id),
        "dag_run": SimpleNamespace(conf={}),
        "try_number": number,
    }
    operator.render_template_fields(context, dag.get_template_env())
    sys.stdout.write(json.dumps(operator.execute(context)))


if __name__ == "__main__":
    os.environ["AIRFLOW__PPF__PARSE_CACHE"] = ""
    main(*sys.argv[1:])
