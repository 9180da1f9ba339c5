"""Log of the lines that Spark's JVM writes."""

from __future__ import annotations

import logging
import re

__all__ = ["JvmLog"]

_LEVELS = {
    "TRACE": logging.DEBUG,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "SEVERE": logging.ERROR,
    "FATAL": logging.CRITICAL,
}
_LEVEL = "|".join(_LEVELS)
# "26/11/28 03:11:18 WARN Utils: ...", "2026-11-28T03:11:18,123Z [main] ERROR x", "WARNING: ..."
_OF_A_LOG = re.compile(rf"(?:[\d:.,/TZ+-]+\s+){{0,2}}(?:\[[^\]]*\]\s+)?\[?({_LEVEL})\b")
_STRUCTURED = re.compile(rf'\{{.*?"level":\s*"({_LEVEL})"')
_ERROR = re.compile(
    r"Exception in thread |Error: |Error occurred |Terminating due to |(?:[\w$]+\.)*OutOfMemoryError\b|# |#$"
)
_EXCEPTION = re.compile(r"(?:[\w$]+\.)+[\w$]*(?:Exception|Error)\b")
_WARNING = re.compile(r".* VM warning: |SLF4J: ")
_INFORMATION = re.compile(
    # Spark on its logging, Ivy on the packages of `spark.jars.packages`, Java on its environment variables.
    r"(?:NOTE: )?Picked up \w+: |Using Spark's default log4j profile|Setting default log level|To adjust logging level"
    r"|:: |Ivy Default Cache|The jars for the packages|downloading |\S+#\S+ added as a dependency"
)


class JvmLog:
    """Logs each line of a JVM at the line's level, to the logger `spark.jvm`.

    Continuation lines, such as a stack trace, have the level of their message. Lines without a level are errors or
    information if they match a known pattern, and otherwise warnings.
    """

    def __init__(self, logger: logging.Logger | None = None) -> None:
        self._logger = logger or logging.getLogger("spark.jvm")
        self._before = logging.WARNING
        self._in_message = False

    def __call__(self, line: str) -> None:
        """Log `line`, the next line of the output; an empty line is left out."""
        if line:
            self._before = self._level(line)
            self._logger.log(self._before, "%s", line)

    def _level(self, line: str) -> int:
        level = _OF_A_LOG.match(line) or _STRUCTURED.match(line)
        if level:
            self._in_message = True
            return _LEVELS[level[1]]
        if _ERROR.match(line):
            self._in_message = False
            return logging.ERROR
        if line[0].isspace() or line.startswith(("Caused by: ", "Suppressed: ")):
            return self._before
        if _INFORMATION.match(line):
            self._in_message = False
            return logging.INFO
        if self._in_message:
            return self._before
        if _EXCEPTION.match(line):
            return logging.ERROR
        return logging.WARNING
