"""One pipeline as one task that resumes.

Trigger it with `lose_connection` ticked: the first try fails in its last component, as if a connection had been lost,
and the second try resumes there.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param

from airflow_ppf.operators.pipeline import PipelineOperator

with DAG(
    dag_id="nyc_flights",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    tags=["ppf", "example"],
    params={
        "lose_connection": Param(
            False,
            type="boolean",
            description="Let the first try fail in its last component, as a lost connection would",
        )
    },
) as dag:
    PipelineOperator(
        task_id="pipeline",
        pipeline="pipelines/nyc_flights.conf",
        overrides={
            "components.publish_report.config.lose_connection": "{{ params.lose_connection and ti.try_number == 1 }}"
        },
        retries=2,
        retry_delay=timedelta(seconds=5),
    )
