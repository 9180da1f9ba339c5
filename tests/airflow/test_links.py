"""Links on a task: Spark UI and run report."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from airflow_ppf.operators.pipeline import PipelineOperator
from airflow_ppf.reporting.links import ReportLink, SparkLink, TaskLinks
from airflow_ppf.reporting.spark_address import spark_addresses
from airflow_ppf.task.identity import TaskIdentity

HISTORY = {
    "spark.yarn.historyServer.address": "history:18080",
    "spark.eventLog.enabled": "true",
    "spark.app.id": "app-1",
}
UI = "http://driver:4040"


class Instance:
    """As much of a task instance as the links need."""

    def __init__(self) -> None:
        self.pushed: list[tuple[str, Any]] = []

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed.append((key, value))


class Context:
    def __init__(self, address: str | None) -> None:
        self.uiWebUrl = address


class Spark:
    """As much of a session as the links need."""

    def __init__(self, settings: dict[str, str], address: str | None = UI) -> None:
        self.conf = settings
        self.sparkContext = Context(address)


class Connect(Spark):
    """One of Spark Connect, which has no context."""

    sparkContext = property()  # noqa: N815 - Spark's name

    def __init__(self, settings: dict[str, str]) -> None:
        self.conf = settings


Connect.__module__ = "pyspark.sql.connect.session"


def links(instance: Instance) -> TaskLinks:
    return TaskLinks(instance, TaskIdentity("d", "r", "t", -1, 1, 0, "ti"), logging.getLogger("test"))


@pytest.mark.parametrize(
    ("spark", "addresses"),
    [
        (Spark({}), (UI, "")),
        (Spark({}, None), ("", "")),
        (Spark(HISTORY), (UI, "http://history:18080/history/app-1/")),
        (Spark(HISTORY, None), ("http://history:18080/history/app-1/",) * 2),
        (Spark({**HISTORY, "spark.eventLog.enabled": "false"}), (UI, "")),
        (
            Spark({**HISTORY, "spark.yarn.historyServer.address": "https://h/"}),
            (UI, "https://h/history/app-1/"),
        ),
        (Connect(HISTORY), ("http://history:18080/history/app-1/",) * 2),
    ],
)
def test_spark_is_found_in_its_own_ui_and_later_in_the_history(
    spark: Any, addresses: tuple[str, str]
) -> None:
    assert spark_addresses(spark) == addresses


def test_the_link_to_spark_is_there_while_the_task_runs_and_leads_to_the_history_afterwards() -> None:
    instance = Instance()
    operator = PipelineOperator(task_id="t", pipeline="p.conf")
    operator.task_links = links(instance)
    operator.task_links.show_spark(Spark(HISTORY))  # type: ignore[arg-type]
    assert instance.pushed == [("ppf_spark_link", UI)]
    assert SparkLink().get_link(operator, ti_key=None) == "http://history:18080/history/app-1/"


def test_a_task_that_never_began_has_no_links() -> None:
    operator = PipelineOperator(task_id="t", pipeline="p.conf")
    assert [link.get_link(operator, ti_key=None) for link in operator.operator_extra_links] == ["", ""]


def test_the_report_is_linked_once_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__PPF__REPORTS", str(tmp_path))
    operator = PipelineOperator(task_id="t", pipeline="p.conf")
    operator.task_links = links(Instance())
    reports = operator.task_links.report_destination(None)
    assert ReportLink().get_link(operator, ti_key=None) == ""
    assert reports is not None
    reports.write("page")
    assert ReportLink().get_link(operator, ti_key=None).endswith("/ppf/reports/d/r/t/-1/try-1.html")


def test_the_provider_declares_the_links() -> None:
    from airflow_ppf.get_provider_info import get_provider_info

    classes = {
        f"{type(link).__module__}.{type(link).__name__}" for link in PipelineOperator.operator_extra_links
    }
    assert classes == set(get_provider_info()["extra-links"])
