"""Counts rows while they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["RowCounter"]

_PATIENCE_SECONDS = 1
"""In classic mode the count is there when the write returns. Without a bound, one that never comes is waited for."""


class RowCounter:
    """Counts the rows of one write, as a part of its Spark job; works in classic mode and on Spark Connect.

        counter = RowCounter()
        counter.watch(frame).write.parquet(path)
        counter.rows

    Only the first action on the frame is counted, and only what it computes: write the frame, all of it and nothing
    else.
    """

    def __init__(self) -> None:
        self._observation: Any = None

    def watch(self, frame: DataFrame) -> DataFrame:
        """`frame`, with its rows counted; once for each counter."""
        functions: Any
        if type(frame).__module__.startswith("pyspark.sql.connect"):
            # Named, since a process may have sessions of both kinds.
            from pyspark.sql.connect import functions
            from pyspark.sql.connect.observation import Observation as ConnectObservation

            self._observation = ConnectObservation()
        else:
            from pyspark.sql import Observation, functions

            self._observation = Observation()
        # An expression, since PySpark's `lit` imports pandas to find out whether it was given something of NumPy.
        return frame.observe(self._observation, functions.expr("count(1)").alias("rows"))

    @property
    def rows(self) -> int | None:
        """How many rows were written; `None` if nothing was, as with the mode `ignore`, or Spark did not say."""
        observation = self._observation
        if observation is None or not _is_complete(observation):
            return None
        try:
            rows = observation.get.get("rows")
        except Exception:  # noqa: BLE001 - the write is done; that nobody counted it is no failure
            return None
        return int(rows) if rows is not None else None


def _is_complete(observation: Any) -> bool:
    """Whether asking for the metrics returns: in classic mode that waits, for ever if no action computes them."""
    if type(observation).__module__.startswith("pyspark.sql.connect"):
        return True
    from py4j.protocol import Py4JError

    try:
        future = observation._jo.future()
        if not future.isCompleted():
            java = observation._jvm
            seconds = java.java.util.concurrent.TimeUnit.SECONDS
            converted = java.scala.jdk.javaapi.FutureConverters.asJava(future).toCompletableFuture()
            converted.get(_PATIENCE_SECONDS, seconds)
    except Py4JError:
        return False
    return True
