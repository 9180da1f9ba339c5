"""New York's airports in 2013: which carriers are late, at which hour of the day, and on the way to where?

Trigger it with `lose_connection` ticked: the task fails late, as if a connection had been lost. Then clear it.
"""

from __future__ import annotations

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
            description="Let the first try fail at its last step, as a lost connection would",
        )
    },
) as dag:
    PipelineOperator(
        task_id="pipeline",
        pipeline="nyc_flights.conf",
        overrides={
            "components.publish_report.config.lose_connection": "{{ params.lose_connection and ti.try_number == 1 }}"
        },
        retries=0,
    )
