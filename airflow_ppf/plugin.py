"""What Airflow's api-server shows besides its own pages, found through the entry point `airflow.plugins`."""

from __future__ import annotations

from airflow.sdk.plugins_manager import AirflowPlugin

from airflow_ppf.reporting.report_address import ADDRESS_PREFIX
from airflow_ppf.reporting.report_server import ReportServer

__all__ = ["PipelinePlugin"]


class PipelinePlugin(AirflowPlugin):
    """Run reports, under `/ppf/reports`."""

    name = "ppf"
    fastapi_apps = [  # noqa: RUF012 - Airflow's own shape
        {"app": ReportServer(), "url_prefix": ADDRESS_PREFIX, "name": "PPF run reports"}
    ]
