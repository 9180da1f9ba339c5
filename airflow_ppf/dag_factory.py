"""Airflow DAGs from pipeline files: `pipeline_dags`, `pipeline_dag` and `PipelineTaskGroup`."""

from __future__ import annotations

from airflow_ppf.dags.factory import pipeline_dag, pipeline_dags
from airflow_ppf.dags.task_group import PipelineTaskGroup

__all__ = ["PipelineTaskGroup", "pipeline_dag", "pipeline_dags"]
