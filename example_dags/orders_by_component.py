"""One task per component of a pipeline: each is retried alone, and may have its own retries and pool.

All settings are in `pipelines/orders_by_component.conf`.
"""

from __future__ import annotations

from airflow_ppf.dag_factory import pipeline_dag

dag = pipeline_dag("pipelines/orders_by_component.conf")
