"""Output of Spark's JVM in a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.spark, pytest.mark.slow]

JAVAS = sorted({*Path("/usr/lib/jvm").glob("*/bin/java"), *Path("/opt").glob("*jdk*/bin/java")})
START = """
from ppf_core.runner import SimplePipelineRunner
from ppf_core.config import PipelineConfig, load_from_string
from ppf_core.session import JvmLog, SparkSessionWrapper
import logging, os, sys
config = load_from_string('''
name = p, version = "1", spark { master = "local[1]", spark_conf { "spark.ui.enabled" = false } }
components = [{ name = a, component_type = source, class_path = ppf_core.batch.Sql
  config { query = "SELECT 1", output_view = a } }]
''', PipelineConfig)
"""
RUN = """
from ppf_core.runner import assemble
with SparkSessionWrapper(config.spark) as session:
    assembly = assemble(config, spark_wrapper=session, quiet_spark=True)
    assert SimplePipelineRunner.assembled(assembly).run().status.value == "success"
"""
ERRORS = """
import threading
class Both(logging.Handler):
    def emit(self, record):
        if "ours" in record.getMessage():
            print(record.levelname, record.name, record.getMessage())
            heard.set()
heard = threading.Event()
logging.getLogger("spark.jvm").addHandler(Both())
with SparkSessionWrapper(config.spark, on_jvm_line=JvmLog()) as session:
    session.spark.sparkContext._jvm.java.lang.System.err.println("26/11/28 03:11:18 ERROR acme: ours")
    assert heard.wait(20)
"""
CANNOT = """
from dataclasses import replace
from ppf_core.session import SessionError
wrong = {"spark.driver.extraJavaOptions": "-Xmx1g"}
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s", level="WARNING")
try:
    SparkSessionWrapper(replace(config.spark, spark_conf=wrong), on_jvm_line=ON_LINE).spark
except SessionError as error:
    print("RAISED", error)
"""


def ran(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    nothing_set_up = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    done = subprocess.run(
        [sys.executable, "-c", START + code],
        env={**nothing_set_up, "SPARK_LOCAL_IP": "127.0.0.1", **environment},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("java_home", sorted({str(java.resolve().parents[1]) for java in JAVAS}))
def test_a_run_that_goes_well_writes_nothing_on_standard_error(java_home: str) -> None:
    assert ran(RUN, JAVA_HOME=java_home).stderr == ""


def test_what_the_jvm_writes_goes_to_standard_error_where_nobody_asked_for_it() -> None:
    output = ran("""
with SparkSessionWrapper(config.spark) as session:
    session.spark.sparkContext._jvm.java.lang.System.err.println("written by the JVM")
""").stderr.splitlines()
    assert "written by the JVM" in output
    assert any("default log level" in line for line in output)
    assert not any("incubator" in line for line in output)


def test_an_error_of_the_jvm_is_logged_as_one() -> None:
    assert ran(ERRORS).stdout == "ERROR spark.jvm 26/11/28 03:11:18 ERROR acme: ours\n"


@pytest.mark.parametrize("on_line", ["JvmLog()", "None"])
def test_a_jvm_that_cannot_start_says_why_before_the_error_is_raised(on_line: str) -> None:
    done = ran(CANNOT.replace("ON_LINE", on_line))
    why = "Not allowed to specify max heap(Xmx) memory settings through java options"
    logged = [line for line in done.stdout.splitlines()[:-1] if why in line]
    if on_line == "None":
        assert why in done.stderr
    else:
        assert [line.split()[0] for line in logged] == ["ERROR"]
    assert done.stdout.splitlines()[-1].startswith("RAISED Spark's JVM ended during its start")
