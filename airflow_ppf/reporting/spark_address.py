"""Addresses of a Spark application: Spark UI and history server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["spark_addresses"]

_HISTORY = "spark.yarn.historyServer.address"


def spark_addresses(spark: SparkSession) -> tuple[str, str]:
    """Return the application's address while it runs and its address afterwards; an empty text means none.

    While it runs the address is that of its own UI, in which Spark applies `spark.ui.reverseProxyUrl` and
    `spark.ui.proxyBase`. Spark Connect has no such UI. Afterwards it is the history server at
    `spark.yarn.historyServer.address` (not only for YARN), if `spark.eventLog.enabled` is set.
    """
    afterwards = ""
    server = (_setting(spark, _HISTORY) or "").rstrip("/")
    application = _setting(spark, "spark.app.id")
    if server and application and _setting(spark, "spark.eventLog.enabled") == "true":
        afterwards = f"{server if '://' in server else f'http://{server}'}/history/{application}/"
    return _own_ui(spark) or afterwards, afterwards


def _own_ui(spark: SparkSession) -> str:
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        return ""
    return spark.sparkContext.uiWebUrl or ""


def _setting(spark: SparkSession, name: str) -> str | None:
    return spark.conf.get(name, None)
