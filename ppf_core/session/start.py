"""Makes a Spark session from a config, and says clearly why one cannot be made."""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

from ppf_core.config import SparkConfig

from .deadline import within
from .errors import SessionError, SessionUnavailableError
from .java import INSTALL_JAVA, OLDEST, java_major_version, require_java
from .jvm import start_jvm
from .outage import retry_policy
from .pyspark_testing import postpone_test_helpers
from .shared import close_client_at_exit, let_go_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from .shared import SharedSession

__all__ = ["end_shared_session", "start_session"]

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

DEFAULTS = {
    # The bar is drawn on stderr, over the log; Airflow would record each of its lines as an error.
    "spark.ui.showConsoleProgress": "false",
}
CONNECT_SECONDS = 14.0
"""How long a server may take for its first answer, one that accepts and then says nothing included."""
UNAVAILABLE = frozenset({"ABORTED", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "UNAVAILABLE"})
"""What gRPC calls a state of affairs that may be another one soon."""
_CONNECT_MODE = "SPARK_CONNECT_MODE_ENABLED"
_SHARED_WHERE = (
    "a shared session needs a Spark Connect server: expected an address such as sc://host:15002 in "
    "spark.connect_string or in the connection, got none"
)
_WHERE = ("spark.master", "spark.submit.deployMode")
MASTERS = ("local", "spark://", "yarn", "k8s://")


def start_session(
    asked: dict[str, str],
    *,
    fair_scheduling: bool = False,
    shared: SharedSession | None = None,
    on_jvm_line: Callable[[str], object] | None = None,
) -> tuple[SparkSession, bool]:
    """The session, and whether it is new: one that the process already has is used, and is not ours to stop.

    `asked` are Spark's settings, under its own keys. `fair_scheduling` is the default for `spark.scheduler.mode`; a
    server of Spark Connect has its own. With `shared`, on a server of Spark Connect, it begins as a clone of that one.
    `on_jvm_line` is told what a JVM that is started for it writes, as `start_jvm` says.

    Raises:
        SessionError: none can be made.
        SessionUnavailableError: what it is to be made with does not answer.
    """
    conf = {**DEFAULTS, **asked}
    if fair_scheduling and "spark.remote" not in conf:
        conf.setdefault("spark.scheduler.mode", "FAIR")
    if "spark.remote" in conf:
        begun: list[Any] = []
        return _answered(conf["spark.remote"], begun, lambda: _attached(conf, begun, shared)), True
    if shared is not None:
        raise SessionError(_SHARED_WHERE)
    running = _running_classic()
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    starts_java = running is None and not submitted
    if starts_java:
        require_java()
    if running is None:
        _choose_python(conf)
    if submitted:
        # spark-submit has started this process, and has said where the driver is: inside a pod, for one, that is not
        # what it was told itself.
        conf = {key: value for key, value in conf.items() if key not in _WHERE}
    postpone_test_helpers()
    try:
        if starts_java:
            start_jvm(conf, on_jvm_line)
        spark = _builder(conf).getOrCreate()
    except Exception as error:
        kind = SessionUnavailableError if _is_gone(error) else SessionError
        raise kind(_why_not(error, conf, running=running is not None)) from error
    if running is not None:
        _warn_of_differences(spark, asked)
    return spark, running is None


def _choose_python(conf: dict[str, str]) -> None:
    """Let Python workers run the Python that is meant.

    Unless the environment names one, PySpark has them run whatever `python3` is first on the path, even on this
    machine, and heeds `spark.pyspark.python` only where spark-submit started the driver.
    """
    python = conf.get("spark.pyspark.python")
    if python is None and conf.get("spark.master", "").startswith("local"):
        python = sys.executable
    if python:
        os.environ.setdefault("PYSPARK_PYTHON", python)


def _builder(conf: dict[str, str]) -> Any:
    from pyspark.sql import SparkSession

    return SparkSession.builder.config(map={**conf})


def _running_classic() -> Any:
    from pyspark import SparkContext

    context = SparkContext._active_spark_context
    return context if context is not None and context._jsc is not None else None


def end_shared_session(asked: dict[str, str], shared: SharedSession) -> str:
    """Close the session that is shared, for everybody; its id. Arguments and errors as for `start_session`."""
    if "spark.remote" not in asked:
        raise SessionError(_SHARED_WHERE)
    mode = os.environ.get(_CONNECT_MODE)
    begun: list[Any] = []
    try:
        return _answered(asked["spark.remote"], begun, lambda: shared.end(asked["spark.remote"], begun))
    finally:
        _give_up(begun, mode)


def _answered(remote: str, begun: list[Any], work: Callable[[], _T]) -> _T:
    """What `work` returns, which is about a Connect server; its errors are ours, and give up what was `begun`."""
    address = _without_token(remote)
    mode = os.environ.get(_CONNECT_MODE)
    try:
        with warnings.catch_warnings():  # pyspark warns of what the error says
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
            "see that it runs and that spark.connect_string names its host and port"
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
            "A Spark Connect server's own settings are not a session's to change; as on the server stays what is "
            "configured for %s",
            ", ".join(fixed),  # without the values, which may be secret
        )
    _ = spark.version  # the first thing that asks the server, where nothing was wanted
    return spark


def _give_up(begun: list[Any], mode: str | None) -> None:
    """Let go of a session that nobody will use, and of the mark that makes pyspark's functions be those of Connect."""
    for spark in begun:
        let_go_of(spark)  # the server does not answer
    if mode is None:
        os.environ.pop(_CONNECT_MODE, None)


def _grpc_details(error: Exception) -> str:
    """What gRPC says in one line; its error as text is a dump of many."""
    found = re.search(r'details = "(.*)"', str(error))
    return found[1] if found else _first_line(error)


def _without_token(address: str) -> str:
    return address.partition(";")[0]


def _warn_of_differences(spark: SparkSession, asked: dict[str, str]) -> None:
    running = spark.sparkContext.getConf()
    nothing_asked = SparkConfig(asked["spark.app.name"]).to_spark_conf_dict()
    different = []
    for key, value in asked.items():
        actual = spark.conf.get(key, None) if key.startswith("spark.sql.") else running.get(key)
        if actual != value and not (actual is None and nothing_asked.get(key) == value):
            different.append(key)
    if different:
        logger.warning(
            "This process already has a Spark session (master %s), and that one is used. What can be set only when "
            "Spark starts stays as it is there, not as configured: %s",
            running.get("spark.master"),
            ", ".join(different),  # without the values, which may be secret
        )


def _is_gone(error: Exception) -> bool:
    return (
        isinstance(error, ConnectionError | EOFError)
        or type(error).__name__ == "Py4JNetworkError"
        or "All masters are unresponsive" in str(error)
    )


def _why_not(error: Exception, conf: dict[str, str], *, running: bool) -> str:
    text = _first_line(error)
    master = conf.get("spark.master", "")
    if "All masters are unresponsive" in str(error):
        return f"no master answers at {master!r}: {text}; see that it runs and can be reached from here"
    if _is_gone(error):
        return (
            f"the JVM of this process's Spark session is gone ({text}); "
            "a process does not get over that: run the pipeline again in a new one"
        )
    if "JAVA_GATEWAY_EXITED" in str(error):
        version = java_major_version()
        if version is not None and version < OLDEST:
            return f"Spark needs Java {OLDEST} or newer, and found Java {version}; {INSTALL_JAVA}"
        if not master.startswith(MASTERS):
            return _wrong_master(master, "it is none of those that Spark knows")
        return (
            "Spark's JVM ended before it was up; its own words are above, in the log or on the console. Often it is "
            f"spark.driver_memory ({conf.get('spark.driver.memory')}) being more than the machine has, or a wrong "
            "JAVA_HOME or SPARK_HOME"
        )
    if "Master URL" in text or "parse Master" in text:
        return _wrong_master(master, text)
    if "BindException" in str(error) or "Service 'sparkDriver'" in text:
        return (
            f"Spark's driver cannot open its port: {text}; where the host's own name cannot be used, set the "
            "environment variable SPARK_LOCAL_IP=127.0.0.1, and see that spark.driver.port is free if it is set"
        )
    what = (
        "this process's Spark session cannot be used" if running else f"Spark cannot be started on {master!r}"
    )
    return f"{what}: {text}; the whole error is the cause of this one"


def _wrong_master(master: str, why: str) -> str:
    return (
        f"Spark cannot use the master {master!r}: {why}; "
        "expected local, local[4], local[*], spark://host:port, yarn or k8s://..."
    )


def _first_line(error: Exception) -> str:
    """The Java error's own text, where there is one: py4j's begins with "An error occurred while calling"."""
    text = f"{type(error).__name__}: {error}"
    if (java := getattr(error, "java_exception", None)) is not None:
        try:
            text = str(java.toString())
        except Exception as unreachable:  # noqa: BLE001 - the JVM has died meanwhile
            text = f"{type(error).__name__} ({unreachable})"
    return text.strip().partition("\n")[0]
