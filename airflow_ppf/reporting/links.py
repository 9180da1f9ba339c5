"""The buttons on a task in Airflow's UI: Spark's UI or its history, and the run report."""

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
    """Spark's UI while the task runs; afterwards the history server, where there is one."""

    name = "Spark UI"

    @property
    def xcom_key(self) -> str:
        """Where Airflow keeps the address."""
        return "ppf_spark_link"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        """The address after the task; asked for in the task's process, at its end."""
        links: TaskLinks | None = getattr(operator, "task_links", None)
        return links.spark_afterwards if links is not None else ""


class ReportLink(BaseOperatorLink):
    """The report of the task's last try."""

    name = "Run report"

    @property
    def xcom_key(self) -> str:
        """Where Airflow keeps the address."""
        return "ppf_report_link"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        """Its address; asked for in the task's process, at its end."""
        links: TaskLinks | None = getattr(operator, "task_links", None)
        return links.report if links is not None else ""


class TaskLinks:
    """What the links of one try lead to, as far as it is known yet; empty texts are no links."""

    def __init__(self, task_instance: Any, identity: TaskIdentity, log: Any) -> None:
        self._task_instance = task_instance
        self._identity = identity
        self._log = log
        self._report: TaskReport | None = None
        self.spark_afterwards = ""

    @property
    def report(self) -> str:
        """The address of the report, once it is written and if the api-server shows it."""
        return self._report.address if self._report is not None else ""

    def report_place(self, root: str | None) -> TaskReport | None:
        """Where the report goes; `root` is where the run hands over its views."""
        # The runner takes long to import, and the links themselves are part of every DAG that is parsed.
        from airflow_ppf.reporting.report import report_place

        self._report = report_place(self._identity, root, self._log)
        return self._report

    def show_spark(self, spark: SparkSession) -> None:
        """Link to Spark's UI from now on, not only when the task is over."""
        now, self.spark_afterwards = spark_addresses(spark)
        if now:
            self._log.info("Spark UI: %s", now)
            self._task_instance.xcom_push(SparkLink().xcom_key, now)
