"""A pipeline inside your own DAG, with a quality gate: downstream tasks run only if the checks pass.

Trigger it with `without_price` above 0: a check fails, `publish` does not run, and the hook of `orders_components.py`
writes an alert.
"""

from __future__ import annotations

import logging

from airflow.sdk import DAG, task

from airflow_ppf.dag_factory import PipelineTaskGroup

with DAG(dag_id="orders_gate", doc_md=__doc__, schedule=None, catchup=False, tags=["ppf", "example"]) as dag:

    @task
    def announce() -> None:
        """Stand in for work that comes first."""
        logging.getLogger(__name__).info("The orders of the day have arrived")

    @task
    def publish() -> None:
        """Stand in for work that needs good data."""
        logging.getLogger(__name__).info("The sales of the day can be published")

    announce() >> PipelineTaskGroup("pipelines/orders_gate.conf", group_id="orders") >> publish()
