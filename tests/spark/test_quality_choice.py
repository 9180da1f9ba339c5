"""Effect of a failed quality check on a task, and of a task on a session, on real Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_ppf.hooks.pipeline import PipelineHook
from airflow_ppf.task.run_arguments import RunArguments
from airflow_ppf.task.summary import summarize
from ppf_core.config import (
    PipelineConfig,
    QualityCheckConfig,
    QualityCheckType,
    QualityConfig,
    SparkConfig,
)
from tests.support.pipelines import sql
from tests.support.spark_sessions import new_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


CONFIG = PipelineConfig(
    "numbers",
    "1",
    SparkConfig("numbers"),
    [
        sql("raw", "SELECT * FROM VALUES (1), (2) AS t(x)"),
        sql("none", "SELECT x FROM raw WHERE x > 2", "raw"),
    ],
    quality=QualityConfig(
        checks=[
            QualityCheckConfig(QualityCheckType.ROW_COUNT, "raw", after="raw", min_rows=2),
            QualityCheckConfig(QualityCheckType.ROW_COUNT, "none", after="none", min_rows=1),
        ]
    ),
)


@pytest.mark.parametrize(
    ("on_quality_failure", "status", "outcome"),
    [("fail", "partial_success", "failed"), ("warn", "success", "ran")],
)
def test_a_failed_check_ends_the_run_or_only_warns_and_the_summary_reports_what_it_found(
    clean_spark: SparkSession, on_quality_failure: str, status: str, outcome: str
) -> None:
    hook = PipelineHook(spark_wrapper=new_session(clean_spark))
    result = hook.run(RunArguments(on_quality_failure).applied_to(CONFIG))
    summary: Any = summarize(result, 1, hook.quality_results)
    assert summary["status"] == status
    assert [component["outcome"] for component in summary["components"]] == ["ran", outcome]
    assert [check["passed"] for check in summary["quality"]] == [True, False]
    assert "got 0" in summary["quality"][1]["message"]
    assert summary["hook_errors"] == []


def test_a_session_that_somebody_else_owns_keeps_its_level_of_logging(clean_spark: SparkSession) -> None:
    def level() -> str:
        return str(clean_spark._jvm.org.apache.logging.log4j.LogManager.getRootLogger().getLevel().toString())

    before = level()
    clean_spark.sparkContext.setLogLevel("FATAL")
    try:
        PipelineHook(spark_wrapper=new_session(clean_spark)).run(RunArguments("warn").applied_to(CONFIG))
        assert level() == "FATAL"
    finally:
        clean_spark.sparkContext.setLogLevel(before)
