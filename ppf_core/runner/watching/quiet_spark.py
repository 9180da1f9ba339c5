"""Keeps Spark's own messages from drowning what a run says."""

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
_SAYS_IT_AGAIN = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")


class QuietSpark(NoOpHooks):
    """Has the JVM log errors only, from its start or, if it is there already, from now on.

    Whoever says what Spark should log is obeyed: by `spark.log.level` or a `log4j` among the driver's Java options
    in the pipeline, by a `log4j2.properties` in Spark's folder of settings, or by `LOG4J_CONFIGURATION_FILE`.

    What py4j tells of its connections is left out as well, unless a level was set for it, and so are the lines in
    which PySpark says what the error that it raises says again.
    """

    def __init__(self, session: SparkSessionWrapper, config: PipelineConfig) -> None:
        self._session = session
        conf = config.spark.spark_conf
        self._wanted = not (_LOG_LEVEL in conf or "log4j" in conf.get(_JAVA_OPTIONS, "") or _configured())
        self._done = False
        self._set_log4j = False
        py4j = logging.getLogger("py4j")
        if py4j.level == logging.NOTSET:
            py4j.setLevel(logging.WARNING)

    def before_pipeline(self, config: PipelineConfig) -> None:
        """See to the JVM that this run may start."""
        if self._wanted and not self._session.started:
            os.environ[_LOG4J] = str(_QUIET)
            self._set_log4j = True

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """See to the session; asked each time, since none is started only to make it quiet."""
        if self._done or not self._session.started:
            return
        self._done = True
        _say_it_once()
        if self._wanted and not self._session.is_connect_mode:
            self._session.spark.sparkContext.setLogLevel("ERROR")

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Leave the environment as it was."""
        if self._set_log4j:
            os.environ.pop(_LOG4J, None)


def _configured() -> bool:
    """Whether somebody has set up what Spark logs on this machine."""
    folders = [Path(os.environ[name], *below) for name, below in _FOLDERS.items() if os.environ.get(name)]
    return _LOG4J in os.environ or any(
        (folder / f"log4j2.{kind}").exists()
        for folder in folders
        for kind in ("properties", "xml", "yaml", "json")
    )


def _say_it_once() -> None:
    from pyspark.logger import PySparkLogger

    for name in _SAYS_IT_AGAIN:
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL)
