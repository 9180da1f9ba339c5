"""Airflow plugin that serves run reports from the api-server; Airflow finds it by the entry point `airflow.plugins`."""

from __future__ import annotations

from airflow.sdk.plugins_manager import AirflowPlugin

from airflow_ppf.reporting.report_address import ADDRESS_PREFIX
from airflow_ppf.reporting.report_server import ReportServer

__all__ = ["PipelinePlugin"]


class PipelinePlugin(AirflowPlugin):
    """Plugin with the run reports, under `/ppf/reports`."""

    name = "ppf"
    fastapi_apps = [  # noqa: RUF012 - as Airflow declares it
        {"app": ReportServer(), "url_prefix": ADDRESS_PREFIX, "name": "PPF run reports"}
    ]
