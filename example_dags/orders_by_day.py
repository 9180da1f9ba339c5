"""One pipeline for several days, each day a mapped task with its own checkpoint.

A failed day is retried alone and resumes; the other days are not touched.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

from airflow_ppf.operators.pipeline import PipelineOperator

with DAG(
    dag_id="orders_by_day",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    tags=["ppf", "example"],
    params={
        "first_day": Param("2026-01-01", type="string", format="date", description="First day"),
        "days": Param(2, type="integer", minimum=1, maximum=31, description="Number of days"),
    },
) as dag:

    @task
    def overrides_per_day(**context: Any) -> list[dict[str, Any]]:
        """Return the overrides for each day."""
        params = context["params"]
        first = date.fromisoformat(params["first_day"])
        days = [first + timedelta(days=number) for number in range(params["days"])]
        return [{"components.make_orders.config.day": day.isoformat()} for day in days]

    PipelineOperator.partial(
        task_id="orders",
        pipeline="pipelines/orders.conf",
        retries=2,
        retry_delay=timedelta(seconds=5),
        max_active_tis_per_dagrun=2,  # each starts its own Spark
    ).expand(overrides=overrides_per_day())
