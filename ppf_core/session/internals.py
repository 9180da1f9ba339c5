"""Private names of PySpark and py4j: all that the core uses outside of the public API, in one place.

Spark may rename them in any release; tests/spark/test_internals.py then fails. Each of these functions needs a JVM in
this process, so none of them works with Spark Connect.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark import SparkConf, SparkContext
    from pyspark.sql import SparkSession

__all__ = [
    "active_context",
    "hadoop_configuration",
    "has_gateway",
    "jvm",
    "launch_gateway",
    "status_sources",
    "temp_view_identity",
    "temp_view_names",
    "use_gateway",
]


def active_context() -> SparkContext | None:
    """Return the SparkContext of this process, unless it is stopped."""
    from pyspark import SparkContext

    context = SparkContext._active_spark_context
    return context if context is not None and context._jsc is not None else None


def has_gateway() -> bool:
    """Return whether this process is connected to a JVM."""
    from pyspark import SparkContext

    return SparkContext._gateway is not None


def launch_gateway(conf: SparkConf, stderr: int) -> Any:
    """Start a JVM whose standard error is the file descriptor `stderr`, and return the gateway to it."""
    from pyspark.java_gateway import launch_gateway

    return launch_gateway(conf, {"stderr": stderr})  # type: ignore[no-untyped-call]


def use_gateway(gateway: Any) -> None:
    """Make PySpark use the JVM of `gateway` in this process."""
    from pyspark import SparkContext

    SparkContext._ensure_initialized(gateway=gateway)


def jvm(context: SparkContext) -> Any:
    """Return py4j's view of the JVM, whose attributes are Java packages."""
    return context._jvm


def hadoop_configuration(context: SparkContext) -> Any:
    """Return the Hadoop configuration of the context, a Java object."""
    return _java_context(context).hadoopConfiguration()


def status_sources(context: SparkContext) -> tuple[Any, Any]:
    """Return Spark's status tracker and its status store, both Scala objects."""
    scala_context = _java_context(context).sc()
    return scala_context.statusTracker(), scala_context.statusStore()


def temp_view_names(spark: SparkSession) -> set[str]:
    """Return the names of the temp views, with a single query of the catalog.

    The public `spark.catalog.listTables` analyses a plan for each view, which takes a thousand times longer.
    """
    # As a single text: reading each name is two calls to the JVM.
    listed: str = _catalog(spark).listLocalTempViews("*").mkString(" ")
    return {name.replace("``", "`") for name in re.findall(r"`((?:[^`]|``)*)`", listed)}


def temp_view_identity(spark: SparkSession) -> Callable[[str], int]:
    """Return a function that maps the name of a temp view to the identity of its plan object in the JVM.

    The function raises `Py4JJavaError` if the view does not exist.
    """
    identity, find = jvm(spark.sparkContext).java.lang.System.identityHashCode, _catalog(spark).getRawTempView
    return lambda name: identity(find(name).get())


def _java_context(context: Any) -> Any:
    return context._jsc


def _catalog(spark: Any) -> Any:
    return spark._jsparkSession.sessionState().catalog()
