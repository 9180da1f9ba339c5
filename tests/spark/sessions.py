"""What tests of runs on real Spark need of sessions."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ppf_core.session import SparkSessionWrapper

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PATIENCE = 60


def new_session(spark: SparkSession) -> SparkSessionWrapper:
    """One that has no temp views, as a new process has none."""
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(spark.newSession())
    return wrapper


def wait_for_a_job(spark: SparkSession) -> None:
    """Come back once any Spark job runs."""
    deadline = time.monotonic() + PATIENCE
    while not spark.sparkContext.statusTracker().getActiveJobsIds():
        assert time.monotonic() < deadline, "no Spark job has begun"
        threading.Event().wait(0.02)
