"""Row counter, which counts rows while they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["RowCounter"]

_PATIENCE_SECONDS = 1
"""Limit for the wait in classic mode, where the count exists once the write returns: it may never come."""


class RowCounter:
    """Counts the rows of a write, within its Spark job, in classic mode and on Spark Connect.

        counter = RowCounter()
        counter.watch(frame).write.parquet(path)
        counter.rows

    Only the first action on the frame is counted, and only the rows that it computes: write the whole frame, and
    nothing else.
    """

    def __init__(self) -> None:
        self._observation: Any = None

    def watch(self, frame: DataFrame) -> DataFrame:
        """Return `frame` with its rows counted; call it once for each counter."""
        functions: Any
        if type(frame).__module__.startswith("pyspark.sql.connect"):
            # Imported by name, since a process may have sessions of both kinds.
            from pyspark.sql.connect import functions
            from pyspark.sql.connect.observation import Observation as ConnectObservation

            self._observation = ConnectObservation()
        else:
            from pyspark.sql import Observation, functions

            self._observation = Observation()
        # Not `lit`, which imports pandas to check whether its argument is NumPy's.
        return frame.observe(self._observation, functions.expr("count(1)").alias("rows"))

    @property
    def rows(self) -> int | None:
        """Number of written rows; `None` if nothing was written, as with mode `ignore`, or Spark has no count."""
        observation = self._observation
        if observation is None or not _is_complete(observation):
            return None
        try:
            rows = observation.get.get("rows")
        except Exception:  # noqa: BLE001 - the write has succeeded, and a missing count is no failure
            return None
        return int(rows) if rows is not None else None


def _is_complete(observation: Any) -> bool:
    """Return whether the metrics can be read: in classic mode that waits, forever if no action computes them."""
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
