"""Spark sessions of the tests: wrapped, new, and watched for jobs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from ppf_core.session import SparkSessionWrapper

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["PATIENCE", "new_session", "wait_for_a_job", "wrapped"]

PATIENCE = 60
"""Seconds to wait for Spark before a test fails."""


def wrapped(spark: SparkSession) -> SparkSessionWrapper:
    """Return a wrapper of that session."""
    wrapper = SparkSessionWrapper()
    wrapper.set_spark_session(spark)
    return wrapper


def new_session(spark: SparkSession) -> SparkSessionWrapper:
    """Return a wrapper of a new session, which has no temp views, as in a new process."""
    return wrapped(spark.newSession())


def wait_for_a_job(spark: SparkSession) -> None:
    """Return once any Spark job runs."""
    deadline = time.monotonic() + PATIENCE
    while not spark.sparkContext.statusTracker().getActiveJobsIds():
        assert time.monotonic() < deadline, "no Spark job has begun"
        threading.Event().wait(0.02)
