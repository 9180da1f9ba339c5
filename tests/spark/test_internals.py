"""Private names of PySpark and py4j that the core uses: a failure here means that Spark renamed one of them."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.session import internals

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark


def test_active_context_is_the_context_of_the_session(spark: SparkSession) -> None:
    assert internals.active_context() is spark.sparkContext


def test_a_stopped_context_is_not_active(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark.sparkContext, "_jsc", None)
    assert internals.active_context() is None


def test_the_process_of_a_session_has_a_gateway(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    assert internals.has_gateway()
    monkeypatch.setattr(type(spark.sparkContext), "_gateway", None)
    assert not internals.has_gateway()


def test_pyspark_adopts_a_gateway(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    context: Any = type(spark.sparkContext)
    gateway = context._gateway
    monkeypatch.setattr(context, "_gateway", None)
    monkeypatch.setattr(context, "_jvm", None)
    internals.use_gateway(gateway)
    assert (context._gateway, context._jvm) == (gateway, gateway.jvm)


def test_a_launched_jvm_writes_its_errors_to_the_descriptor() -> None:
    from pyspark import SparkConf

    read_end, write_end = os.pipe()
    with redirect_stderr(io.StringIO()):
        gateway = internals.launch_gateway(SparkConf(loadDefaults=False), write_end)
    os.close(write_end)
    try:
        gateway.jvm.java.lang.System.err.println("written by the JVM")
        with os.fdopen(read_end, "rb") as output:
            assert any(b"written by the JVM" in line for line in output)
    finally:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(30)


def test_jvm_gives_access_to_java_classes(spark: SparkSession) -> None:
    assert internals.jvm(spark.sparkContext).java.lang.Math.abs(-1) == 1


def test_hadoop_configuration_has_a_default_file_system(spark: SparkSession) -> None:
    assert internals.hadoop_configuration(spark.sparkContext).get("fs.defaultFS") == "file:///"


def test_status_sources_know_the_jobs_of_a_tag(clean_spark: SparkSession) -> None:
    tracker, store = internals.status_sources(clean_spark.sparkContext)
    clean_spark.sparkContext.addJobTag("internals")
    try:
        clean_spark.range(3).collect()
    finally:
        clean_spark.sparkContext.removeJobTag("internals")
    (job,) = tracker.getJobIdsForTag("internals")
    assert store.job(job).numTasks() > 0
    assert store.lastStageAttempt(store.job(job).stageIds().apply(0)).numTasks() > 0


def test_temp_view_names_include_names_with_backticks(clean_spark: SparkSession) -> None:
    for name in ("plain", "`with ``ticks`"):
        clean_spark.range(1).createOrReplaceTempView(name)
    assert internals.temp_view_names(clean_spark) >= {"plain", "with `ticks"}


def test_the_identity_of_a_view_changes_when_it_is_replaced(clean_spark: SparkSession) -> None:
    from py4j.protocol import Py4JJavaError

    identity = internals.temp_view_identity(clean_spark)
    clean_spark.range(1).createOrReplaceTempView("v")
    before = identity("v")
    assert identity("v") == before
    clean_spark.range(1).createOrReplaceTempView("v")
    assert identity("v") != before
    with pytest.raises(Py4JJavaError):
        identity("missing")
