"""A wrapper starts a session of its own, in a process that has none yet."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = [pytest.mark.spark, pytest.mark.slow]

PROGRAM = """
import json, os, signal, sys, threading
from ppf_core.config import SparkConfig
from ppf_core.session import SessionError, SparkSessionWrapper

facts = {}
os.environ.pop("PYSPARK_PYTHON", None)

def error_of(wrapper):
    try:
        wrapper.spark
    except SessionError as error:
        return str(error)

conf = {"spark.sql.shuffle.partitions": 10, "spark.sql.adaptive.enabled": "false", "spark.ui.enabled": "false"}
settings = dict(app_name="own session", driver_memory="1g", spark_conf=conf)
facts["bad masters"] = {
    master: error_of(SparkSessionWrapper(SparkConfig(**{**settings, "master": master})))
    for master in ("nonsense:7", "local[two]")
}

wrapper = SparkSessionWrapper(SparkConfig(**{**settings, "master": "local[2]"}))
seen = []
threads = [threading.Thread(target=lambda: seen.append(wrapper.spark)) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
facts["sessions"] = len({id(spark) for spark in seen})
spark = wrapper.spark
facts["partitions setting"] = spark.conf.get("spark.sql.shuffle.partitions")
facts["partitions"] = spark.range(100).repartition("id").rdd.getNumPartitions()
facts["progress"] = spark.conf.get("spark.ui.showConsoleProgress")
facts["master"] = wrapper.spark_context.master
facts["app"] = wrapper.spark_context.appName
facts["python"] = wrapper.spark_context.parallelize([0], 1).map(lambda _: sys.executable).collect()[0]

other = SparkSessionWrapper(SparkConfig(**{**settings, "master": "local[2]"}))
other.spark
other.stop()
facts["count after another wrapper stopped"] = spark.range(5).count()
try:
    wrapper.set_spark_session(object())
except SessionError as error:
    facts["refusal"] = str(error)

first = spark.sparkContext.applicationId
wrapper.stop()
wrapper.stop()
facts["started after stop"] = wrapper.started
facts["context after stop"] = spark.sparkContext._jsc is None
with wrapper:
    facts["new after stop"] = wrapper.spark.sparkContext.applicationId != first and wrapper.spark.range(2).count()
    jvm = wrapper.spark.sparkContext._jvm.ProcessHandle.current().pid()
    os.kill(jvm, signal.SIGKILL)
    while True:
        try:
            wrapper.spark.range(1).count()
        except Exception:
            break
    facts["dead jvm"] = error_of(SparkSessionWrapper(SparkConfig(**{**settings, "master": "local[2]"})))
facts["left in peace"] = not wrapper.started
print("FACTS " + json.dumps(facts))
"""


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=300, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("FACTS ")]
    assert lines, done.stderr[-3000:]
    facts: dict[str, Any] = json.loads(lines[0].removeprefix("FACTS "))
    return facts


def test_a_wrong_master_is_named_with_what_is_possible(facts: dict[str, Any]) -> None:
    assert len(facts["bad masters"]) == 2
    for master, message in facts["bad masters"].items():
        assert f"cannot use the master '{master}'" in message
        assert "local[*]" in message


def test_many_threads_start_one_session(facts: dict[str, Any]) -> None:
    assert facts["sessions"] == 1


def test_a_quoted_dotted_key_of_spark_conf_takes_effect(facts: dict[str, Any]) -> None:
    assert facts["partitions setting"] == "10"
    assert facts["partitions"] == 10


def test_master_and_name_are_as_configured_and_no_progress_bar_is_drawn(facts: dict[str, Any]) -> None:
    assert (facts["master"], facts["app"], facts["progress"]) == ("local[2]", "own session", "false")


def test_python_workers_on_this_machine_run_this_python(facts: dict[str, Any]) -> None:
    assert facts["python"] == sys.executable


def test_a_second_wrapper_does_not_stop_the_session_of_the_first(facts: dict[str, Any]) -> None:
    assert facts["count after another wrapper stopped"] == 5


def test_a_session_of_its_own_is_not_replaced(facts: dict[str, Any]) -> None:
    assert "call stop() before set_spark_session()" in facts["refusal"]


def test_stop_stops_it_and_may_be_repeated_and_the_next_use_starts_another(facts: dict[str, Any]) -> None:
    assert facts["started after stop"] is False
    assert facts["context after stop"] is True
    assert facts["new after stop"] == 2


def test_a_dead_jvm_is_named_and_stopping_it_raises_nothing(facts: dict[str, Any]) -> None:
    assert "in a new process" in facts["dead jvm"]
    assert facts["left in peace"] is True
