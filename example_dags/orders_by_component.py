"""A task for each component of a pipeline: what fails is retried alone, and each may have its own retries and pool.

The file `pipelines/orders_by_component.conf` says all there is to say.
"""

from __future__ import annotations

from airflow_ppf.dag_factory import pipeline_dag

dag = pipeline_dag("pipelines/orders_by_component.conf")
