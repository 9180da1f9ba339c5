"""Start of a Spark session, in classic mode and on Spark Connect."""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

from ppf_core.config import SparkConfig

from . import internals
from .deadline import within
from .errors import SessionError, SessionUnavailableError
from .java import require_java
from .jvm import start_jvm
from .outage import retry_policy
from .pyspark_testing import postpone_test_helpers
from .shared import close_client_at_exit, release_session
from .start_failure import first_line, start_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from .shared import SharedSession

__all__ = ["end_shared_session", "start_session"]

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

DEFAULTS = {
    # The progress bar goes to stderr, between the lines of the log; Airflow would log each update as an error.
    "spark.ui.showConsoleProgress": "false",
}
CONNECT_SECONDS = 14.0
"""Limit for the first answer of a server, which may accept a connection and then not respond."""
UNAVAILABLE = frozenset({"ABORTED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "UNAVAILABLE"})
"""Statuses of gRPC for temporary failures."""
_CONNECT_MODE = "SPARK_CONNECT_MODE_ENABLED"
_NO_SERVER_TO_SHARE = (
    "a shared session needs a Spark Connect server: expected an address such as sc://host:15002 in "
    "spark.connect_string or in the connection, got none"
)
_SET_BY_SUBMIT = ("spark.master", "spark.submit.deployMode")


def start_session(
    asked: dict[str, str],
    *,
    fair_scheduling: bool = False,
    shared: SharedSession | None = None,
    on_jvm_line: Callable[[str], object] | None = None,
) -> tuple[SparkSession, bool]:
    """Return a session and whether it is new; an existing session of the process is used, and its owner stops it.

    `asked` are Spark's settings, by Spark's keys. `fair_scheduling` is the default for `spark.scheduler.mode`, which a
    Spark Connect server sets itself. With `shared`, on a Spark Connect server, the session is a clone of the shared
    session. `on_jvm_line` is called with the output of a new JVM, see `start_jvm`.

    Raises:
        SessionError: the session cannot be started.
        SessionUnavailableError: the server or the JVM does not answer.
    """
    conf = {**DEFAULTS, **asked}
    if fair_scheduling and "spark.remote" not in conf:
        conf.setdefault("spark.scheduler.mode", "FAIR")
    if "spark.remote" in conf:
        begun: list[Any] = []
        return _answered(conf["spark.remote"], begun, lambda: _attached(conf, begun, shared)), True
    if shared is not None:
        raise SessionError(_NO_SERVER_TO_SHARE)
    running = internals.active_context()
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    starts_java = running is None and not submitted
    if starts_java:
        require_java()
    if running is None:
        _choose_python(conf)
    if submitted:
        # spark-submit started this process and has set these, for a driver in a pod to other values than it was given.
        conf = {key: value for key, value in conf.items() if key not in _SET_BY_SUBMIT}
    postpone_test_helpers()
    try:
        if starts_java:
            start_jvm(conf, on_jvm_line)
        spark = _builder(conf).getOrCreate()
    except Exception as error:
        raise start_failure(error, conf, running=running is not None) from error
    if running is not None:
        _warn_of_differences(spark, asked)
    return spark, running is None


def _choose_python(conf: dict[str, str]) -> None:
    """Set the Python of Spark's Python workers.

    Without PYSPARK_PYTHON, PySpark runs the first `python3` on the path, even on this machine, and uses
    `spark.pyspark.python` only if spark-submit started the driver.
    """
    python = conf.get("spark.pyspark.python")
    if python is None and conf.get("spark.master", "").startswith("local"):
        python = sys.executable
    if python:
        os.environ.setdefault("PYSPARK_PYTHON", python)


def _builder(conf: dict[str, str]) -> Any:
    from pyspark.sql import SparkSession

    return SparkSession.builder.config(map={**conf})


def end_shared_session(asked: dict[str, str], shared: SharedSession) -> str:
    """Close the shared session for all processes and return its id. Arguments and errors: see `start_session`."""
    if "spark.remote" not in asked:
        raise SessionError(_NO_SERVER_TO_SHARE)
    mode = os.environ.get(_CONNECT_MODE)
    begun: list[Any] = []
    try:
        return _answered(asked["spark.remote"], begun, lambda: shared.end(asked["spark.remote"], begun))
    finally:
        _give_up(begun, mode)


def _answered(remote: str, begun: list[Any], work: Callable[[], _T]) -> _T:
    """Return the result of `work` on a Connect server; convert its errors, and close the sessions in `begun`."""
    address = _without_token(remote)
    mode = os.environ.get(_CONNECT_MODE)
    try:
        with warnings.catch_warnings():  # the error has the same text as PySpark's warning
            warnings.filterwarnings("ignore", ".*RETRIES_EXCEEDED", UserWarning)
            return within(CONNECT_SECONDS, work)
    except ImportError as error:
        raise SessionError(
            f"Spark Connect to {address} needs more packages: {error}; "
            "install them with `pip install 'airflow-provider-ppf[connect]'`"
        ) from error
    except Exception as error:
        _give_up(begun, mode)
        if isinstance(error, SessionError):
            raise
        status = re.search(r"StatusCode\.([A-Z_]+)", str(error))
        dead = isinstance(error, TimeoutError) or (status is not None and status[1] in UNAVAILABLE)
        kind = SessionUnavailableError if dead else SessionError
        raise kind(
            f"cannot reach the Spark Connect server {address}: {_grpc_details(error)}; "
            "check that it runs and that spark.connect_string names its host and port"
        ) from error


def _attached(conf: dict[str, str], begun: list[Any], shared: SharedSession | None) -> Any:
    if shared is not None:
        spark = shared.clone(conf["spark.remote"], begun)
    else:
        spark = _builder({"spark.remote": conf["spark.remote"]}).create()
        begun.append(spark)
    close_client_at_exit(spark)
    spark.client.set_retry_policies([retry_policy()])
    wanted = {key: conf[key] for key in conf if key not in ("spark.remote", "spark.app.name", *DEFAULTS)}
    fixed = [key for key in wanted if not spark.conf.isModifiable(key)]
    for key in wanted.keys() - fixed:
        spark.conf.set(key, wanted[key])
    if fixed:
        logger.warning(
            "A session cannot change the settings of a Spark Connect server; the server's values remain for %s",
            ", ".join(fixed),  # without the values, which may be secret
        )
    _ = spark.version  # the first request to the server if there are no settings
    return spark


def _give_up(begun: list[Any], mode: str | None) -> None:
    """Release unused sessions, and unset the variable that switches PySpark's functions to Connect."""
    for spark in begun:
        release_session(spark)  # the server does not answer
    if mode is None:
        os.environ.pop(_CONNECT_MODE, None)


def _grpc_details(error: Exception) -> str:
    """Return the details of a gRPC error, whose text has many lines."""
    details = re.search(r'details = "(.*)"', str(error))
    return details[1] if details else first_line(error)


def _without_token(address: str) -> str:
    return address.partition(";")[0]


def _warn_of_differences(spark: SparkSession, asked: dict[str, str]) -> None:
    running = spark.sparkContext.getConf()
    defaults = SparkConfig(asked["spark.app.name"]).to_spark_conf_dict()
    different = []
    for key, value in asked.items():
        actual = spark.conf.get(key, None) if key.startswith("spark.sql.") else running.get(key)
        if actual != value and not (actual is None and defaults.get(key) == value):
            different.append(key)
    if different:
        logger.warning(
            "This process already has a Spark session (master %s), which is used. Settings that can be set only when "
            "Spark starts keep its values instead of the configured values: %s",
            running.get("spark.master"),
            ", ".join(different),  # without the values, which may be secret
        )
