"""One Spark session, whoever made it."""

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
    """A Spark session that starts when it is first asked for, or one that is given.

    The code that `config.py_files` names is sent to the executors of a session that was not given.

    Only a session that the wrapper started is stopped by it. A session that was given, or that the process had
    before, is let go. After `stop` the next use of `spark` starts a new one. Threads may share a wrapper. As a
    context manager it stops at the end.

    Args:
        config: What to start; a local session with Spark's defaults, named `ppf`, unless given.
        fair_scheduling: Whether a new session shares its slots evenly between pools, where `config` does not say.
        resolve: Puts secrets in the place of references in Spark's settings when the session starts.
        shared: On Spark Connect, what a new session begins as a clone of.
        on_jvm_line: Told each line that the JVM of a new session writes on its standard error, in a thread of its own
            and as long as the process lives; by default they go to the standard error of this process.
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
        self._ours = False
        self._told: list[Callable[[SparkSession], object]] = []
        self._code = PythonCode(self.config.py_files)

    def __repr__(self) -> str:
        state = "not started" if self._spark is None else "own session" if self._ours else "given session"
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
        """The session, started by the first who asks.

        Raises:
            SessionError: it cannot be started; the message says why and what to do.
            ConfigError: what `py_files` names is no Python code that could be sent to executors.
        """
        spark = self._spark
        if spark is not None:
            return spark
        with self._lock:
            if self._spark is None:
                spark, ours = start_session(
                    self._asked(),
                    fair_scheduling=self._fair_scheduling,
                    shared=self.shared,
                    on_jvm_line=self._on_jvm_line,
                )
                try:
                    self._code.send(spark)
                except BaseException:
                    if ours:
                        spark.stop()
                    if self.shared is not None:
                        self.shared.let_go()
                    raise
                self._spark, self._ours = spark, ours
            started = self._spark
        self._tell(started)
        return started

    @property
    def spark_context(self) -> SparkContext:
        """The session's context; starts the session if need be.

        Raises:
            SessionError: the session is one of Spark Connect, which has no context, or cannot be started.
        """
        spark = self.spark
        if _is_connect(spark):
            raise SessionError(
                "a Spark Connect session has no SparkContext; use the methods of `spark` instead"
            )
        return spark.sparkContext

    @property
    def started(self) -> bool:
        """Whether there is a session; asking starts none."""
        return self._spark is not None

    def when_started(self, tell: Callable[[SparkSession], object]) -> None:
        """Call `tell` with the session: now if there is one, else once it has started, in whichever thread that is.

        What it raises is logged and changes nothing.
        """
        with self._lock:
            self._told.append(tell)
            spark = self._spark
        if spark is not None:
            self._tell(spark)

    @property
    def is_connect_mode(self) -> bool:
        """Whether the session is one of Spark Connect, or would be if it is not started yet; starts none."""
        spark = self._spark
        if spark is not None:
            return _is_connect(spark)
        return "spark.remote" in self.config.to_spark_conf_dict() or "SPARK_REMOTE" in os.environ

    @property
    def is_local(self) -> bool:
        """Whether Spark runs inside this machine, or would if it is not started yet; starts none.

        Of a Connect server nobody can tell, so it counts as elsewhere.
        """
        if self.is_connect_mode:
            return False
        if (spark := self._spark) is not None:
            return str(spark.sparkContext.master).startswith("local")
        return self.config.to_spark_conf_dict()["spark.master"].startswith("local")

    def set_spark_session(self, spark: SparkSession) -> None:
        """Use `spark`, which stays its owner's to stop.

        Raises:
            SessionError: the wrapper has already started another one.
        """
        with self._lock:
            if self._spark is spark:
                return
            if self._ours:
                raise SessionError(
                    "this wrapper has started a session of its own, which somebody may be using; "
                    "call stop() before set_spark_session(), or give the session before the first use"
                )
            self._spark = spark
        self._tell(spark)

    def _tell(self, spark: SparkSession) -> None:
        with self._lock:
            told, self._told = self._told, []
        for tell in told:
            try:
                tell(spark)
            except Exception as error:  # noqa: BLE001 - whoever asked for the session must have it
                logger.warning("Could not tell of the Spark session: %s: %s", type(error).__name__, error)

    def stop(self) -> None:
        """Stop the session if the wrapper started it, else let it go; nothing to do is fine."""
        with self._lock:
            spark, ours = self._spark, self._ours
            self._spark, self._ours = None, False
        if spark is not None and ours:
            try:
                spark.stop()
            except Exception as error:  # noqa: BLE001 - py4j raises many kinds when its JVM has died
                logger.warning("Spark did not stop in an orderly way (has its JVM ended?): %s", error)
            if self.shared is not None:
                self.shared.let_go()
            self._code.remove()

    def end_shared(self) -> str:
        """Close the session that is shared at the server, for all processes; its id.

        Raises:
            SessionError: there is no server that would know it.
            SessionUnavailableError: the server does not answer.
        """
        if self.shared is None:
            raise SessionError("this session is shared with nobody")
        return end_shared_session(self._asked(), self.shared)

    def _asked(self) -> dict[str, str]:
        asked = self.config.to_spark_conf_dict()
        return asked if self._resolve is None else self._resolve(asked)

    @contextmanager
    def job_tag(self, tag: str) -> Iterator[None]:
        """Within it, what this thread has Spark do carries `tag`; without effect if no session is started."""
        spark = self._spark
        if spark is None:
            yield
            return
        if _is_connect(spark):
            add, remove = spark.addTag, spark.removeTag
        else:
            # Not spark.addTag: in classic mode that cannot be cancelled from another thread.
            add, remove = spark.sparkContext.addJobTag, spark.sparkContext.removeJobTag
        add(tag)
        try:
            yield
        finally:
            try:
                remove(tag)
            except Exception as error:  # noqa: BLE001 - must not hide why the session has gone
                logger.debug("Could not remove job tag %s: %s", tag, error)

    @contextmanager
    def job_pool(self, pool: str) -> Iterator[None]:
        """Within it, this thread's Spark jobs are of that scheduler pool; on Connect, which has none, no effect."""
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
            except Exception as error:  # noqa: BLE001 - must not hide why the session has gone
                logger.debug("Could not leave scheduler pool %s: %s", pool, error)

    def watch_jobs(self) -> JobWatch:
        """Something to ask how far this session's jobs are; to be closed. Starts the session if need be."""
        spark = self.spark
        return ConnectJobs(spark) if _is_connect(spark) else ClassicJobs(spark)

    def cancel_jobs(self, tag: str) -> None:
        """Cancel what runs under `tag`, in any thread; starts no session, waits for none, and never raises.

        That a session is gone by now is the usual reason for not being able to cancel, and is logged.
        """
        spark = self._spark
        if spark is None:
            return
        try:
            if _is_connect(spark):
                spark.interruptTag(tag)
            else:
                spark.sparkContext.cancelJobsWithTag(tag)
        except Exception as error:  # noqa: BLE001 - called while being killed; whatever it is, the rest must go on
            logger.warning(
                "Could not cancel the Spark jobs tagged %s: %s: %s", tag, type(error).__name__, error
            )


def _is_connect(spark: SparkSession) -> bool:
    return type(spark).__module__.startswith("pyspark.sql.connect")
