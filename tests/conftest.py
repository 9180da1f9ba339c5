"""What every test shares: versions in the header, and one local Spark for those that ask."""

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

from tests import quick_java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def pytest_configure() -> None:
    """Have JVMs start quickly, and let SIGINT work in processes: a shell's background jobs have it ignored."""
    quick_java.set_options()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> str:
    """The versions a failure may depend on."""
    parts = [f"{name} {version(name)}" for name in ("apache-airflow", "pyspark", "pyhocon", "pydantic")]
    return f"python {platform.python_version()}, " + ", ".join(parts)


@pytest.fixture(scope="session", autouse=True)
def _quick_java(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    if any(item.get_closest_marker("spark") for item in request.session.items):
        quick_java.make_archive(tmp_path_factory.mktemp("quick_java"))


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """One local Spark for the whole test run; take `clean_spark` if you make views."""
    from pyspark.sql import SparkSession

    # Its farewells come when pytest has closed the stream that they are logged to.
    logging.getLogger("py4j").setLevel(logging.WARNING)
    warehouse: Path = tmp_path_factory.mktemp("warehouse")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    # Spark would take the first python3 of the PATH for its workers, which need not have what this one has.
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
    """The shared session without any temp view, before and after."""

    def drop_views() -> None:
        for table in spark.catalog.listTables():
            if table.isTemporary:
                spark.catalog.dropTempView(table.name)

    drop_views()
    yield spark
    drop_views()
