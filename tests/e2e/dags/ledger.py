"""The DAGs of the end-to-end tests of PipelineOperator."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_ppf.operators.pipeline import PipelineOperator

with DAG("ledger_retried", schedule=None):
    PipelineOperator(task_id="pipeline", pipeline="ledger.conf", retries=2, retry_delay=timedelta(seconds=1))

with DAG("ledger_materialized", schedule=None):
    PipelineOperator(
        task_id="pipeline",
        pipeline="ledger.conf",
        overrides={"checkpoint.root": "{{ dag_run.conf.output }}/ppf", "checkpoint.materialize": True},
        retries=2,
        retry_delay=timedelta(seconds=1),
    )

with DAG("ledger_elsewhere", schedule=None):
    PipelineOperator(
        task_id="pipeline",
        pipeline="ledger.conf",
        conn_id="{{ dag_run.conf.conn_id }}",
        retries=1,
        retry_delay=timedelta(seconds=1),
    )

with DAG("ledger_one_try", schedule=None):
    PipelineOperator(task_id="pipeline", pipeline="ledger.conf")

with DAG("ledger_limited", schedule=None):
    PipelineOperator(
        task_id="pipeline",
        pipeline="ledger.conf",
        execution_timeout=timedelta(hours=1),
        retries=1,
        retry_delay=timedelta(seconds=1),
    )

with DAG("ledger_wrong", schedule=None):
    PipelineOperator(
        task_id="unknown_key",
        pipeline="ledger.conf",
        overrides={"components.sales.retires": 3},
        retries=2,
        retry_delay=timedelta(seconds=1),
    )
    PipelineOperator(
        task_id="missing_file", pipeline="no_such.conf", retries=2, retry_delay=timedelta(seconds=1)
    )
    PipelineOperator(
        task_id="missing_class",
        pipeline="ledger.conf",
        overrides={"components.sales.class_path": "ledger_steps.Qeury"},
        retries=2,
        retry_delay=timedelta(seconds=1),
    )

with DAG("ledger_wrong_query", schedule=None):
    PipelineOperator(
        task_id="pipeline",
        pipeline="ledger.conf",
        overrides={"components.per_shop.config.query": "SELECT no_such_column FROM sales"},
        retries=2,
        retry_delay=timedelta(seconds=1),
    )

with DAG("ledger_lineage", schedule=None):  # the only DAG that emits OpenLineage events
    PipelineOperator(
        task_id="pipeline",
        pipeline="ledger.conf",
        overrides={
            "components.append_total.class_path": "ppf_core.batch.Write",
            "components.append_total.config": {
                "view": "sales",
                "format": "parquet",
                "path": "{{ dag_run.conf.output }}/sales",
            },
        },
        retries=1,
        retry_delay=timedelta(seconds=1),
    )
