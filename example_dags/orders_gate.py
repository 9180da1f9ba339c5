"""A pipeline inside a DAG of one's own, and a quality gate: what is behind it runs only if the checks passed.

Trigger it with `without_price` above 0: a check fails, `publish` does not run, and the hook of `orders_components.py`
has left an alert.
"""

from __future__ import annotations

import logging

from airflow.sdk import DAG, task

from airflow_ppf.dag_factory import PipelineTaskGroup

with DAG(dag_id="orders_gate", doc_md=__doc__, schedule=None, catchup=False, tags=["ppf", "example"]) as dag:

    @task
    def announce() -> None:
        """Stands for what has to be done before."""
        logging.getLogger(__name__).info("The orders of the day are there")

    @task
    def publish() -> None:
        """Stands for what may only be done with good data."""
        logging.getLogger(__name__).info("The sales of the day may be shown")

    announce() >> PipelineTaskGroup("pipelines/orders_gate.conf", group_id="orders") >> publish()
