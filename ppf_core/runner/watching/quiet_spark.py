"""Spark log level of a run: errors only, unless configured."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ppf_core.runner.hooks import NoOpHooks

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner.result import PipelineResult
    from ppf_core.session import SparkSessionWrapper

__all__ = ["QuietSpark"]

_LOG_LEVEL = "spark.log.level"
_JAVA_OPTIONS = "spark.driver.extraJavaOptions"
_LOG4J = "LOG4J_CONFIGURATION_FILE"
_QUIET = Path(__file__).with_name("quiet-log4j2.properties")
_FOLDERS: dict[str, tuple[str, ...]] = {"SPARK_CONF_DIR": (), "SPARK_HOME": ("conf",)}
_DUPLICATE_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")


class QuietSpark(NoOpHooks):
    """Sets the log level of the JVM to errors only.

    Explicit log settings take precedence: `spark.log.level` or `log4j` in the driver's Java options of the pipeline, a
    `log4j2` file in Spark's configuration folder, or `LOG4J_CONFIGURATION_FILE`.

    It also hides what py4j logs about its connections, unless a level is set for `py4j`, and the loggers of PySpark
    that repeat the text of the error that is raised.
    """

    def __init__(self, session: SparkSessionWrapper, config: PipelineConfig) -> None:
        self._session = session
        conf = config.spark.spark_conf
        self._enabled = not (_LOG_LEVEL in conf or "log4j" in conf.get(_JAVA_OPTIONS, "") or _configured())
        self._done = False
        self._set_log4j = False
        py4j = logging.getLogger("py4j")
        if py4j.level == logging.NOTSET:
            py4j.setLevel(logging.WARNING)

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Set the log configuration of a JVM that this run may start."""
        if self._enabled and not self._session.started:
            os.environ[_LOG4J] = str(_QUIET)
            self._set_log4j = True

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Set the log level of the session once it is started; this never starts a session."""
        if self._done or not self._session.started:
            return
        self._done = True
        _disable_duplicate_loggers()
        if self._enabled and not self._session.is_connect_mode:
            self._session.spark.sparkContext.setLogLevel("ERROR")

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Restore the environment."""
        if self._set_log4j:
            os.environ.pop(_LOG4J, None)


def _configured() -> bool:
    """Return whether the machine has its own log settings for Spark."""
    folders = [Path(os.environ[name], *below) for name, below in _FOLDERS.items() if os.environ.get(name)]
    return _LOG4J in os.environ or any(
        (folder / f"log4j2.{kind}").exists()
        for folder in folders
        for kind in ("properties", "xml", "yaml", "json")
    )


def _disable_duplicate_loggers() -> None:
    from pyspark.logger import PySparkLogger

    for name in _DUPLICATE_LOGGERS:
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL)
