"""Operator links on a task in Airflow's UI: Spark UI and run report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperatorLink

from airflow_ppf.reporting.spark_address import spark_addresses

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from pyspark.sql import SparkSession

    from airflow_ppf.reporting.report import TaskReport
    from airflow_ppf.task.identity import TaskIdentity

__all__ = ["ReportLink", "SparkLink", "TaskLinks"]


class SparkLink(BaseOperatorLink):
    """Link to Spark's UI while the task runs, and afterwards to the history server, if there is one."""

    name = "Spark UI"

    @property
    def xcom_key(self) -> str:
        """Key of the XCom in which Airflow stores the address."""
        return "ppf_spark_link"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        """Return the address after the task; Airflow calls this in the task's process, at its end."""
        links: TaskLinks | None = getattr(operator, "task_links", None)
        return links.spark_afterwards if links is not None else ""


class ReportLink(BaseOperatorLink):
    """Link to the report of the task's last try."""

    name = "Run report"

    @property
    def xcom_key(self) -> str:
        """Key of the XCom in which Airflow stores the address."""
        return "ppf_report_link"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        """Return the report's address; Airflow calls this in the task's process, at its end."""
        links: TaskLinks | None = getattr(operator, "task_links", None)
        return links.report if links is not None else ""


class TaskLinks:
    """Addresses of a try's links; an empty text means that there is no link, or not yet."""

    def __init__(self, task_instance: Any, identity: TaskIdentity, log: Any) -> None:
        self._task_instance = task_instance
        self._identity = identity
        self._log = log
        self._report: TaskReport | None = None
        self.spark_afterwards = ""

    @property
    def report(self) -> str:
        """Address of the report, once it is written and if the api-server shows it."""
        return self._report.address if self._report is not None else ""

    def report_destination(self, root: str | None) -> TaskReport | None:
        """Return the destination of the report; `root` is the root of the run's hand-over."""
        # Imported here because the runner loads slowly, and every parsed DAG has the links.
        from airflow_ppf.reporting.report import report_destination

        self._report = report_destination(self._identity, root, self._log)
        return self._report

    def show_spark(self, spark: SparkSession) -> None:
        """Set the link to Spark's UI while the task runs; Airflow sets links only at its end."""
        address, self.spark_afterwards = spark_addresses(spark)
        if address:
            self._log.info("Spark UI: %s", address)
            self._task_instance.xcom_push(SparkLink().xcom_key, address)
