"""Whether the place of hand-overs is one that this process and Spark's executors share."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from ppf_core.config import ConfigError, Problem
from ppf_core.session import SessionError

if TYPE_CHECKING:
    from ppf_core.session import SparkSessionWrapper

    from .files import Files

__all__ = ["check_sharing", "speaks_of_sharing"]

logger = logging.getLogger(__name__)

_TASKS = 4
"""How many tasks look; executors that take none are not asked."""

_NOT_SHARED = re.compile(
    r"FileNotFound|NoSuchFile|NotADirectory|PATH_NOT_FOUND|FAILED_READ_FILE|Mkdirs failed|PermissionError"
    r"|Permission denied|AccessDenied|AccessControlException|Forbidden|No FileSystem for scheme"
    r"|Class org\.apache\.hadoop\.fs\S+ not found"
)


def check_sharing(files: Files, session: SparkSessionWrapper, root: str, folder: str) -> None:
    """Have executors read what this process has written, and this process see what they write back.

    Nothing is done where Spark runs inside this machine. Where it cannot be found out, because Spark is not there or
    fails in another way, the run may go on, and its first component meets that itself.

    Args:
        files: Where hand-overs are.
        session: The session whose executors are to be asked; it is started.
        root: What the place is called in a message.
        folder: Where in it to write; removed in the end.

    Raises:
        ConfigError: the place is not shared, or one of them may not write to it.
    """
    if session.is_local:
        return
    try:
        reason = _attempt(files, session, folder)
    except SessionError as error:
        logger.debug("Spark is not there to be asked: %s", error)
        return
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        if not speaks_of_sharing(text):
            logger.warning("Could not find out whether executors reach checkpoint.root %s: %s", root, text)
            return
        raise ConfigError([_problem(root, _telling_line(text))]) from error
    finally:
        _remove(files, folder)
    if reason is not None:
        raise ConfigError([_problem(root, reason)])


def speaks_of_sharing(text: str) -> bool:
    """Whether an error's text says that a place is not there for somebody, or not theirs to use."""
    return _NOT_SHARED.search(text) is not None


def _attempt(files: Files, session: SparkSessionWrapper, folder: str) -> str | None:
    spark = session.spark
    files.write(f"{folder}/asked/asked.txt", b"\n".join(b"%d" % number for number in range(_TASKS)))
    asked = spark.read.text(files.spark_path(f"{folder}/asked"))
    asked.repartition(_TASKS).write.mode("error").text(files.spark_path(f"{folder}/answered"))
    try:
        answered = files.sizes(f"{folder}/answered")
    except OSError as error:
        return f"nothing that executors write is seen from here ({error})"
    return None if any(answered.values()) else "nothing that executors write is seen from here"


def _problem(root: str, reason: str) -> Problem:
    message = (
        f"expected a place that this process and all of Spark's executors can read and write, such as a folder that "
        f"every machine mounts or s3a://bucket/folder; got {root}: {reason}"
    )
    return Problem("checkpoint.root", message)


def _telling_line(text: str) -> str:
    """The first line that says what is wrong; a Java error has many that do not."""
    lines = text.splitlines()
    return next((line for line in lines if speaks_of_sharing(line)), lines[0]).strip()[:500]


def _remove(files: Files, folder: str) -> None:
    try:
        files.remove(folder)
    except Exception as error:  # noqa: BLE001 - Spark may have died; what is left is removed with the run's directory
        logger.debug("Could not remove %s: %s", folder, error)
