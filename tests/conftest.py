"""Fixtures of all tests: fresh components, a task that Airflow does not run, one local Spark."""

from __future__ import annotations

import logging
import os
import platform
import signal
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import components, quick_java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from ppf_core.session import SparkSessionWrapper


def pytest_configure() -> None:
    """Have JVMs start quickly, and let SIGINT work in processes: a shell's background jobs have it ignored."""
    quick_java.set_options()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """Return the versions that a failure may depend on."""
    parts = [f"{name} {version(name)}" for name in ("apache-airflow", "pyspark", "pyhocon", "pydantic")]
    return f"python {platform.python_version()}, " + ", ".join(parts)


@pytest.fixture(scope="session", autouse=True)
def _quick_java(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    if any(item.get_closest_marker("spark") for item in request.session.items):
        quick_java.make_archive(tmp_path_factory.mktemp("quick_java"))


@pytest.fixture(autouse=True)
def _fresh_components() -> None:
    """Empty what components and hooks of `tests.support` remember, before each test."""
    components.reset()


@pytest.fixture
def outside_of_airflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let operators be executed by a test, which Airflow otherwise refuses."""
    from airflow.sdk.bases.operator import ExecutorSafeguard

    monkeypatch.setattr(ExecutorSafeguard, "test_mode", True)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Start one local Spark for the whole test run; take `clean_spark` to make views."""
    from pyspark.sql import SparkSession

    # It logs at the end of the process, when pytest has closed the stream that its handler writes to.
    logging.getLogger("py4j").setLevel(logging.WARNING)
    warehouse: Path = tmp_path_factory.mktemp("warehouse")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    # Without it, Spark starts its workers with the first python3 of the PATH, which may lack our packages.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = (
        SparkSession.builder.master("local[2]")
        .appName("ppf tests")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.warehouse.dir", str(warehouse))
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def clean_spark(spark: SparkSession) -> Iterator[SparkSession]:
    """Return the shared session, without temp views before and after the test."""

    def drop_views() -> None:
        for table in spark.catalog.listTables():
            if table.isTemporary:
                spark.catalog.dropTempView(table.name)

    drop_views()
    yield spark
    drop_views()


@pytest.fixture
def wrapper(clean_spark: SparkSession) -> SparkSessionWrapper:
    """Return a wrapper of the shared session, as a runner takes it."""
    from tests.support.spark_sessions import wrapped

    return wrapped(clean_spark)
