"""Spark session wrapper, for a session that it starts or one that it is given."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ppf_core.config import SparkConfig

from .errors import SessionError
from .job_progress import ClassicJobs, ConnectJobs
from .python_code import PythonCode
from .start import end_shared_session, start_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from pyspark import SparkContext
    from pyspark.sql import SparkSession
    from typing_extensions import Self

    from .job_progress import JobWatch
    from .shared import SharedSession

__all__ = ["SparkSessionWrapper"]

logger = logging.getLogger(__name__)


class SparkSessionWrapper:
    """A Spark session that starts on first use, or a given session.

    The code that `config.py_files` names is sent to the executors, unless the session was given.

    The wrapper stops a session that it started, and releases a session that was given or that the process already had.
    After `stop` the next use of `spark` starts a new session. Threads may share a wrapper. As a context manager it
    stops at the end.

    Args:
        config: Settings of the session (default: a local session named `ppf`, with Spark's defaults).
        fair_scheduling: Whether a new session schedules its pools fairly, unless `config` sets the mode.
        resolve: Replaces references in Spark's settings with secrets when the session starts.
        shared: On Spark Connect, the session that a new session is cloned from.
        on_jvm_line: Called with each line that the JVM of a new session writes to standard error, in a separate thread
            until the process ends (default: they go to the standard error of this process).
    """

    def __init__(
        self,
        config: SparkConfig | None = None,
        *,
        fair_scheduling: bool = False,
        resolve: Callable[[dict[str, str]], dict[str, str]] | None = None,
        shared: SharedSession | None = None,
        on_jvm_line: Callable[[str], object] | None = None,
    ) -> None:
        self.shared = shared
        self.config = config if config is not None else SparkConfig(app_name="ppf")
        self._fair_scheduling = fair_scheduling
        self._resolve = resolve
        self._on_jvm_line = on_jvm_line
        self._lock = threading.Lock()
        self._spark: SparkSession | None = None
        self._owned = False
        self._callbacks: list[Callable[[SparkSession], object]] = []
        self._code = PythonCode(self.config.py_files)

    def __repr__(self) -> str:
        state = "not started" if self._spark is None else "own session" if self._owned else "given session"
        return f"SparkSessionWrapper({self.config.app_name!r}, {state})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def spark(self) -> SparkSession:
        """The session; the first use starts it.

        Raises:
            SessionError: the session cannot be started; the message has the reason and the next step.
            ConfigError: an entry of `py_files` is not Python code that can be sent to executors.
        """
        spark = self._spark
        if spark is not None:
            return spark
        with self._lock:
            if self._spark is None:
                spark, owned = start_session(
                    self._settings(),
                    fair_scheduling=self._fair_scheduling,
                    shared=self.shared,
                    on_jvm_line=self._on_jvm_line,
                )
                try:
                    self._code.send(spark)
                except BaseException:
                    if owned:
                        spark.stop()
                    if self.shared is not None:
                        self.shared.release()
                    raise
                self._spark, self._owned = spark, owned
            started = self._spark
        self._call_back(started)
        return started

    @property
    def spark_context(self) -> SparkContext:
        """The session's context; the first use starts the session.

        Raises:
            SessionError: the session cannot be started, or is a Spark Connect session, which has no context.
        """
        spark = self.spark
        if _is_connect(spark):
            raise SessionError(
                "a Spark Connect session has no SparkContext; use the methods of `spark` instead"
            )
        return spark.sparkContext

    @property
    def started(self) -> bool:
        """Whether there is a session; does not start it."""
        return self._spark is not None

    def when_started(self, callback: Callable[[SparkSession], object]) -> None:
        """Call `callback` with the session: now if there is one, else in the thread that starts it.

        Exceptions in `callback` are logged.
        """
        with self._lock:
            self._callbacks.append(callback)
            spark = self._spark
        if spark is not None:
            self._call_back(spark)

    @property
    def is_connect_mode(self) -> bool:
        """Whether the session is a Spark Connect session, or will be; does not start it."""
        spark = self._spark
        if spark is not None:
            return _is_connect(spark)
        return "spark.remote" in self.config.to_spark_conf_dict() or "SPARK_REMOTE" in os.environ

    @property
    def is_local(self) -> bool:
        """Whether Spark runs on this machine, or will; does not start it.

        A Connect server counts as remote, since its host is not known.
        """
        if self.is_connect_mode:
            return False
        if (spark := self._spark) is not None:
            return str(spark.sparkContext.master).startswith("local")
        return self.config.to_spark_conf_dict()["spark.master"].startswith("local")

    def set_spark_session(self, spark: SparkSession) -> None:
        """Use `spark`; the wrapper will not stop it.

        Raises:
            SessionError: the wrapper has already started another session.
        """
        with self._lock:
            if self._spark is spark:
                return
            if self._owned:
                raise SessionError(
                    "this wrapper has already started a session, which may be in use; "
                    "call stop() before set_spark_session(), or set the session before the first use"
                )
            self._spark = spark
        self._call_back(spark)

    def _call_back(self, spark: SparkSession) -> None:
        with self._lock:
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            try:
                callback(spark)
            except Exception as error:  # noqa: BLE001 - a callback must not prevent the use of the session
                logger.warning(
                    "A callback failed for the started Spark session: %s: %s", type(error).__name__, error
                )

    def stop(self) -> None:
        """Stop the session if the wrapper started it, else release it; without a session, do nothing."""
        with self._lock:
            spark, owned = self._spark, self._owned
            self._spark, self._owned = None, False
        if spark is not None and owned:
            try:
                spark.stop()
            except Exception as error:  # noqa: BLE001 - py4j raises many kinds when its JVM has died
                logger.warning("Spark did not stop properly (has its JVM ended?): %s", error)
            if self.shared is not None:
                self.shared.release()
            self._code.remove()

    def end_shared(self) -> str:
        """Close the shared session at the server, for all processes, and return its id.

        Raises:
            SessionError: there is no shared session, or no server.
            SessionUnavailableError: the server does not answer.
        """
        if self.shared is None:
            raise SessionError("this wrapper has no shared session")
        return end_shared_session(self._settings(), self.shared)

    def _settings(self) -> dict[str, str]:
        settings = self.config.to_spark_conf_dict()
        return settings if self._resolve is None else self._resolve(settings)

    @contextmanager
    def job_tag(self, tag: str) -> Iterator[None]:
        """Tag the Spark jobs of this thread with `tag`; without a started session, do nothing."""
        spark = self._spark
        if spark is None:
            yield
            return
        if _is_connect(spark):
            add, remove = spark.addTag, spark.removeTag
        else:
            # Not spark.addTag: in classic mode another thread cannot cancel jobs by its tags.
            add, remove = spark.sparkContext.addJobTag, spark.sparkContext.removeJobTag
        add(tag)
        try:
            yield
        finally:
            try:
                remove(tag)
            except Exception as error:  # noqa: BLE001 - must not hide why the session has ended
                logger.debug("Could not remove job tag %s: %s", tag, error)

    @contextmanager
    def job_pool(self, pool: str) -> Iterator[None]:
        """Run this thread's Spark jobs in a scheduler pool; on Connect, which has no pools, do nothing."""
        spark = self._spark
        if spark is None or _is_connect(spark):
            yield
            return
        context = spark.sparkContext
        before = context.getLocalProperty("spark.scheduler.pool")
        context.setLocalProperty("spark.scheduler.pool", pool)
        try:
            yield
        finally:
            try:
                context.setLocalProperty("spark.scheduler.pool", before)  # type: ignore[arg-type]  # None unsets it
            except Exception as error:  # noqa: BLE001 - must not hide why the session has ended
                logger.debug("Could not leave scheduler pool %s: %s", pool, error)

    def watch_jobs(self) -> JobWatch:
        """Return a watch for the progress of the session's jobs, to be closed; start the session if necessary."""
        spark = self.spark
        return ConnectJobs(spark) if _is_connect(spark) else ClassicJobs(spark)

    def cancel_jobs(self, tag: str) -> None:
        """Cancel the jobs tagged `tag`, of all threads; never start a session, wait for it, or raise.

        Failures are logged; usually the session has already ended.
        """
        spark = self._spark
        if spark is None:
            return
        try:
            if _is_connect(spark):
                spark.interruptTag(tag)
            else:
                spark.sparkContext.cancelJobsWithTag(tag)
        except Exception as error:  # noqa: BLE001 - called while the process is stopped, which must continue
            logger.warning(
                "Could not cancel the Spark jobs tagged %s: %s: %s", tag, type(error).__name__, error
            )


def _is_connect(spark: SparkSession) -> bool:
    return type(spark).__module__.startswith("pyspark.sql.connect")
