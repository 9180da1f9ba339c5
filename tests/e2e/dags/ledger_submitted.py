"""The DAG of the end-to-end tests of PipelineOperator(submit=True)."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_ppf.operators.pipeline import PipelineOperator

with DAG("ledger_submitted", schedule=None):
    PipelineOperator(
        task_id="pipeline",
        pipeline="ledger.conf",
        overrides={
            "checkpoint.root": "{{ dag_run.conf.output }}/ppf",
            "spark.executor_memory": "512m",
            "spark.executor_cores": 1,
            "spark.py_files": ["ledger_steps"],
        },
        conn_id="{{ dag_run.conf.conn_id }}",
        submit=True,
        retries=2,
        retry_delay=timedelta(seconds=1),
    )
