"""Where a Spark application can be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["spark_addresses"]

_HISTORY = "spark.yarn.historyServer.address"


def spark_addresses(spark: SparkSession) -> tuple[str, str]:
    """The application's page while it runs, and afterwards; an empty text where there is none.

    While it runs that is its own UI (`spark.ui.reverseProxyUrl` and `spark.ui.proxyBase` are for Spark to obey). There
    is none over Spark Connect. Afterwards it is the history server at `spark.yarn.historyServer.address`, which is
    not for YARN alone, if events are logged (`spark.eventLog.enabled`).
    """
    afterwards = ""
    server = (_setting(spark, _HISTORY) or "").rstrip("/")
    application = _setting(spark, "spark.app.id")
    if server and application and _setting(spark, "spark.eventLog.enabled") == "true":
        afterwards = f"{server if '://' in server else f'http://{server}'}/history/{application}/"
    return _own_page(spark) or afterwards, afterwards


def _own_page(spark: SparkSession) -> str:
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        return ""
    return spark.sparkContext.uiWebUrl or ""


def _setting(spark: SparkSession, name: str) -> str | None:
    return spark.conf.get(name, None)
