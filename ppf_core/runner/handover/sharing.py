"""Sharing check: the hand-over root must be shared by this process and Spark's executors."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from ppf_core.config import ConfigError, Problem
from ppf_core.session import SessionError

if TYPE_CHECKING:
    from ppf_core.session import SparkSessionWrapper

    from .files import Files

__all__ = ["check_sharing", "is_about_sharing"]

logger = logging.getLogger(__name__)

_TASKS = 4
"""Tasks of the check; executors that get none of them are not checked."""

_NOT_SHARED = re.compile(
    r"FileNotFound|NoSuchFile|NotADirectory|PATH_NOT_FOUND|FAILED_READ_FILE|Mkdirs failed|PermissionError"
    r"|Permission denied|AccessDenied|AccessControlException|Forbidden|No FileSystem for scheme"
    r"|Class org\.apache\.hadoop\.fs\S+ not found"
)


def check_sharing(files: Files, session: SparkSessionWrapper, root: str, folder: str) -> None:
    """Check that executors can read a file of this process, and that this process sees the files of executors.

    Nothing is checked if Spark runs on this machine. If the check itself fails, because Spark is not available or for
    an unrelated reason, the run continues: its first component meets the same error.

    Args:
        files: The files of hand-overs.
        session: The session of the executors; it is started.
        root: The setting `checkpoint.root`, for messages.
        folder: A folder in `files` for the check, which is removed afterwards.

    Raises:
        ConfigError: the root is not shared, or is not writable everywhere.
    """
    if session.is_local:
        return
    try:
        reason = _attempt(files, session, folder)
    except SessionError as error:
        logger.debug("Could not check the sharing of hand-overs without Spark: %s", error)
        return
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        if not is_about_sharing(text):
            logger.warning("Could not check whether executors can reach checkpoint.root %s: %s", root, text)
            return
        raise ConfigError([_problem(root, _relevant_line(text))]) from error
    finally:
        _remove(files, folder)
    if reason is not None:
        raise ConfigError([_problem(root, reason)])


def is_about_sharing(text: str) -> bool:
    """Return whether the text of an error is about a missing path or missing permissions."""
    return _NOT_SHARED.search(text) is not None


def _attempt(files: Files, session: SparkSessionWrapper, folder: str) -> str | None:
    spark = session.spark
    files.write(f"{folder}/asked/asked.txt", b"\n".join(b"%d" % number for number in range(_TASKS)))
    asked = spark.read.text(files.spark_path(f"{folder}/asked"))
    asked.repartition(_TASKS).write.mode("error").text(files.spark_path(f"{folder}/answered"))
    try:
        answered = files.sizes(f"{folder}/answered")
    except OSError as error:
        return f"this process does not see the files that executors write ({error})"
    return None if any(answered.values()) else "this process does not see the files that executors write"


def _problem(root: str, reason: str) -> Problem:
    message = (
        f"expected a place that this process and all of Spark's executors can read and write, such as a folder that "
        f"every machine mounts or s3a://bucket/folder; got {root}: {reason}"
    )
    return Problem("checkpoint.root", message)


def _relevant_line(text: str) -> str:
    """Return the first line that names the problem, among the many lines of a Java error."""
    lines = text.splitlines()
    return next((line for line in lines if is_about_sharing(line)), lines[0]).strip()[:500]


def _remove(files: Files, folder: str) -> None:
    try:
        files.remove(folder)
    except Exception as error:  # noqa: BLE001 - Spark may be gone; the folder is removed with that of the run
        logger.debug("Could not remove %s: %s", folder, error)
