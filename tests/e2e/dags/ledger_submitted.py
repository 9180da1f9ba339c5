"""The DAGs of the end-to-end tests of what is submitted: a pipeline as one task, and as several."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, chain

from airflow_ppf.operators.component import ComponentOperator
from airflow_ppf.operators.pipeline import PipelineOperator

ARGUMENTS: dict[str, Any] = {
    "pipeline": "ledger.conf",
    "overrides": {
        "checkpoint.root": "{{ dag_run.conf.output }}/ppf",
        "spark.executor_memory": "512m",
        "spark.executor_cores": 1,
        "spark.py_files": ["ledger_steps"],
    },
    "conn_id": "{{ dag_run.conf.conn_id }}",
    "submit": True,
    "retries": 2,
    "retry_delay": timedelta(seconds=1),
}

with DAG("ledger_submitted", schedule=None):
    PipelineOperator(task_id="pipeline", **ARGUMENTS)

with DAG("ledger_submitted_parts", schedule=None):
    chain(
        ComponentOperator(
            task_id="first", components=["read_sales", "sales", "per_shop", "append_per_shop"], **ARGUMENTS
        ),
        # Named like the task of the other DAG, since the trouble is in this task.
        ComponentOperator(task_id="pipeline", components=["trouble", "append_total"], **ARGUMENTS),
        ComponentOperator(task_id="last", ends=True, **ARGUMENTS),
    )
