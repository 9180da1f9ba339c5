"""Base classes of components."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from .errors import ComponentError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["DataFlow", "PipelineComponent"]


class PipelineComponent(ABC):
    """A step of a pipeline.

    Each run creates it, from its `config` block if it has `from_config`. It passes data to downstream components as
    Spark temp views.
    """

    @property
    def name(self) -> str:
        """The component's name (default: the name of its class)."""
        return type(self).__name__

    @abstractmethod
    def run(self) -> None:
        """Do the work; an exception is a failure, after which a retry may call the same object again."""


class DataFlow(PipelineComponent):
    """A component that works with Spark; the runner gives it the session before `run`."""

    _spark: SparkSession | None = None

    @property
    def spark(self) -> SparkSession:
        """The session.

        Raises:
            ComponentError: the session is not set yet, as in `__init__` or `from_config`.
        """
        if self._spark is None:
            raise ComponentError(
                f"{type(self).__name__} has no Spark session yet: the runner sets it before open() and run(), "
                "so use self.spark there; in a test, call set_spark_session(spark) first"
            )
        return self._spark

    @property
    def logger(self) -> logging.Logger:
        """A logger named after the class."""
        return logging.getLogger(f"{type(self).__module__}.{type(self).__qualname__}")

    def set_spark_session(self, spark: SparkSession) -> None:
        """Set the session."""
        self._spark = spark
