"""A session that is given, or that the process already has."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.config import SparkConfig
from ppf_core.session import SessionError, SparkSessionWrapper

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

LOCAL = SparkConfig(app_name="ppf tests", master="local[2]")


def test_making_and_asking_starts_nothing() -> None:
    wrapper = SparkSessionWrapper(LOCAL)
    assert not wrapper.started
    assert not wrapper.is_connect_mode
    wrapper.cancel_jobs("tag")
    with wrapper.job_tag("tag"):
        pass
    wrapper.stop()
    assert not wrapper.started
    assert repr(wrapper) == "SparkSessionWrapper('ppf tests', not started)"


def test_a_connect_string_means_connect_mode() -> None:
    assert SparkSessionWrapper(SparkConfig(app_name="x", connect_string="sc://127.0.0.1")).is_connect_mode


def test_without_java_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pyspark.SparkContext._active_spark_context", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.delenv("PYSPARK_GATEWAY_PORT", raising=False)
    with pytest.raises(SessionError, match=r"no `java` in PATH.*apt-get install.*brew install"):
        _ = SparkSessionWrapper(LOCAL).spark
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SessionError, match=r"JAVA_HOME=.*but there is no such program"):
        _ = SparkSessionWrapper(LOCAL).spark


def test_a_start_that_failed_can_be_tried_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, spark: SparkSession
) -> None:
    wrapper = SparkSessionWrapper(LOCAL)
    with monkeypatch.context() as without_java:
        without_java.setattr("pyspark.SparkContext._active_spark_context", None)
        without_java.setenv("JAVA_HOME", str(tmp_path))
        with pytest.raises(SessionError):
            _ = wrapper.spark
        assert not wrapper.started
    assert wrapper.spark is spark


class UnknownSession:
    """A session that must not be touched."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody should ask for {name}")


def test_a_given_session_is_used_and_let_go_but_not_stopped() -> None:
    given: Any = UnknownSession()
    with SparkSessionWrapper() as wrapper:
        wrapper.set_spark_session(given)
        assert wrapper.started
        assert wrapper.spark is given
    assert not wrapper.started
    wrapper.stop()


class DeadSession:
    """As one whose JVM has died: everything is a refused connection."""

    def __getattr__(self, name: str) -> Any:
        raise ConnectionRefusedError(111, name)


def test_to_cancel_on_a_dead_session_is_logged_and_raises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    dead: Any = DeadSession()
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(dead)
    wrapper.cancel_jobs("my-tag")
    assert "Could not cancel the Spark jobs tagged my-tag: ConnectionRefusedError" in caplog.text


@pytest.mark.spark
def test_a_session_of_the_process_is_used_and_not_stopped(spark: SparkSession) -> None:
    wrapper = SparkSessionWrapper(LOCAL)
    assert wrapper.spark is spark
    assert wrapper.spark_context is spark.sparkContext
    wrapper.stop()
    assert not wrapper.started
    assert spark.range(3).count() == 3


@pytest.mark.spark
def test_what_a_running_session_cannot_take_over_is_logged_without_values(
    spark: SparkSession, caplog: pytest.LogCaptureFixture
) -> None:
    before = spark.conf.get("spark.sql.shuffle.partitions")
    config = SparkConfig(
        app_name="ppf tests",
        master="local[7]",
        driver_memory="3g",
        spark_conf={"spark.hadoop.fs.s3a.secret.key": "hunter22", "spark.sql.shuffle.partitions": "3"},
    )
    try:
        running = SparkSessionWrapper(config).spark
        assert running.conf.get("spark.sql.shuffle.partitions") == "3"
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", str(before))
    (record,) = [record for record in caplog.records if record.name.startswith("ppf_core.session")]
    said = record.getMessage()
    assert said.endswith("spark.master, spark.driver.memory, spark.hadoop.fs.s3a.secret.key")
    assert "local[2]" in said
    assert "hunter22" not in said


@pytest.mark.spark
def test_a_running_session_that_is_as_configured_is_used_in_silence(
    spark: SparkSession, caplog: pytest.LogCaptureFixture
) -> None:
    assert SparkSessionWrapper(LOCAL).spark is spark
    assert caplog.text == ""


@pytest.mark.spark
def test_a_job_tag_is_there_within_the_block_only(spark: SparkSession) -> None:
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(spark)
    with wrapper.job_tag("ppf-tag"):
        assert set(spark.sparkContext.getJobTags()) == {"ppf-tag"}
    assert set(spark.sparkContext.getJobTags()) == set()


@pytest.mark.spark
def test_the_jobs_of_a_tag_are_cancelled_from_another_thread_and_no_others(spark: SparkSession) -> None:
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(spark)
    outcomes: dict[str, BaseException | int] = {}

    def work(tag: str, seconds: float) -> None:
        def pause(rows: Any) -> Any:
            time.sleep(seconds)
            return rows

        try:
            with wrapper.job_tag(tag):
                outcomes[tag] = spark.sparkContext.parallelize([1], 1).mapPartitions(pause).count()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at below
            outcomes[tag] = error

    threads = [threading.Thread(target=work, args=arguments) for arguments in (("long", 120), ("short", 2))]
    for thread in threads:
        thread.start()
    tracker = spark.sparkContext.statusTracker()
    deadline = time.monotonic() + 60
    while len(tracker.getActiveStageIds()) < 2 and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    wrapper.cancel_jobs("long")
    for thread in threads:
        thread.join(60)
    assert "cancelled" in str(outcomes["long"])
    assert outcomes["short"] == 1
