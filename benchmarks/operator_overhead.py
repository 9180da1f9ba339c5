"""Overhead of `PipelineOperator` over a bare PySpark script that does the same work.

Two tasks of one real Airflow, in turn: the example pipeline through `PipelineOperator`, and the same reads, SQL texts
and writes in plain PySpark called by a Python task. Each run has its own process and its own Spark. The times are
Airflow's, from a task's start to its end, so both contain the start of Python, of Airflow's part of the task and of
Spark.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from statistics import median

from dev.airflow_client import AirflowClient, TaskId
from dev.local_airflow import LocalAirflow

__all__ = ["main"]

CHECKOUT = Path(__file__).parent.parent

OPERATOR = """
import os

from airflow.sdk import DAG

from airflow_ppf.operators.pipeline import PipelineOperator

os.environ["NYC_FLIGHTS_DIR"] = {data!r}

with DAG("operator", schedule=None):
    PipelineOperator(task_id="task", pipeline="pipelines/nyc_flights.conf")
"""

BARE = """
import os
import sys

from airflow.sdk import DAG, task

os.environ["NYC_FLIGHTS_DIR"] = {data!r}
sys.path.append({checkout!r})

with DAG("bare", schedule=None):

    @task(task_id="task")
    def run():
        from benchmarks.bare_pyspark_nyc_flights import main

        main({pipeline!r})

    run()
"""


def main(pairs: int = 5) -> None:
    """Measure `pairs` pairs after a warm-up pair, and print medians and the ratio of each pair."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        dags = folder / "dags"
        shutil.copytree(CHECKOUT / "example_dags" / "pipelines", dags / "pipelines")
        shutil.copy(CHECKOUT / "example_dags" / "nyc_flights_components.py", dags)
        pipeline = dags / "pipelines" / "nyc_flights.conf"
        values = {"data": str(folder / "data"), "pipeline": str(pipeline), "checkout": str(CHECKOUT)}
        for name, text in (("operator", OPERATOR), ("bare", BARE)):
            (dags / f"{name}.py").write_text(text.format(**values))
        with LocalAirflow(folder / "airflow", dags) as airflow:
            taken: dict[str, list[float]] = {"operator": [], "bare": []}
            for pair in range(pairs + 1):
                # The order alternates, so that neither always finds the files in the cache.
                for dag_id in ("operator", "bare") if pair % 2 else ("bare", "operator"):
                    seconds = _run(airflow.client, dag_id)
                    if pair:
                        taken[dag_id].append(seconds)
    ratios = [operator / bare for operator, bare in zip(taken["operator"], taken["bare"], strict=True)]
    for dag_id, times in taken.items():
        print(f"{dag_id:9} {median(times):6.1f} s   ({', '.join(f'{seconds:.1f}' for seconds in times)})")
    print(f"ratio     {median(ratios):6.2f}     ({', '.join(f'{ratio:.2f}' for ratio in ratios)})")
    print(
        f"added     {median(taken['operator']) - median(taken['bare']):6.1f} s   (target: at most 2 s and 10 %)"
    )


def _run(client: AirflowClient, dag_id: str) -> float:
    client.wait_for_dag(dag_id)
    run_id = client.trigger(dag_id)
    client.wait_for_run(dag_id, run_id, timeout_seconds=300)
    task = client.task(TaskId(dag_id, run_id, "task"))
    if task["state"] != "success":
        raise SystemExit(
            f"{dag_id} ended as {task['state']}: {client.log(TaskId(dag_id, run_id, 'task'), 1)[-5:]}"
        )
    began, ended = (
        datetime.fromisoformat(task[key].replace("Z", "+00:00")) for key in ("start_date", "end_date")
    )
    return (ended - began).total_seconds()


if __name__ == "__main__":
    main()
