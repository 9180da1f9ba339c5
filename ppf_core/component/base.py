"""What a component is: something with a name that can run."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from .errors import ComponentError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["DataFlow", "PipelineComponent"]


class PipelineComponent(ABC):
    """One step of a pipeline.

    Made anew in every run, from its `config` block if it has `from_config`. What it hands on to later components
    are Spark temp views.
    """

    @property
    def name(self) -> str:
        """What the component calls itself; the class's name unless overridden."""
        return type(self).__name__

    @abstractmethod
    def run(self) -> None:
        """Do the work; an exception is a failure, which a retry may follow with the same object."""


class DataFlow(PipelineComponent):
    """A component that works with Spark; the runner gives it the session before `run`."""

    _spark: SparkSession | None = None

    @property
    def spark(self) -> SparkSession:
        """The session.

        Raises:
            ComponentError: none has been set yet, as in `__init__` or `from_config`.
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
        """Give the component its session."""
        self._spark = spark
