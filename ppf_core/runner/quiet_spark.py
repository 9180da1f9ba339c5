"""Keeps Spark's own messages from drowning what a run says."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .hooks import NoOpHooks

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.session import SparkSessionWrapper

__all__ = ["QuietSpark"]

_LOG_LEVEL = "spark.log.level"


class QuietSpark(NoOpHooks):
    """Sets the JVM's log level to ERROR once the session is there, unless the pipeline's `spark.log.level` has one.

    Asked between components, since a session is not started only to make it quiet. What py4j tells of its
    connections is left out as well, unless a level was set for it.
    """

    def __init__(self, session: SparkSessionWrapper, config: PipelineConfig) -> None:
        self._session = session
        self._done = _LOG_LEVEL in config.spark.spark_conf
        py4j = logging.getLogger("py4j")
        if py4j.level == logging.NOTSET:
            py4j.setLevel(logging.WARNING)

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Ask."""
        if not self._done and self._session.started:
            self._done = True
            if not self._session.is_connect_mode:
                self._session.spark.sparkContext.setLogLevel("ERROR")
