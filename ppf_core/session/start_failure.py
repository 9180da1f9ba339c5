"""Failure of Spark's start: error messages with the cause and the next step."""

from __future__ import annotations

from .errors import SessionError, SessionUnavailableError
from .java import INSTALL_JAVA, OLDEST, java_major_version

__all__ = ["first_line", "start_failure"]

_MASTERS = ("local", "spark://", "yarn", "k8s://")


def start_failure(error: Exception, conf: dict[str, str], *, running: bool) -> SessionError:
    """Return the error to raise for an error of Spark; `running` says whether the process already had a session."""
    kind = SessionUnavailableError if _is_gone(error) else SessionError
    return kind(_reason(error, conf, running=running))


def first_line(error: Exception) -> str:
    """Return the Java error's text if there is one: py4j's starts with "An error occurred while calling"."""
    text = f"{type(error).__name__}: {error}"
    if (java := getattr(error, "java_exception", None)) is not None:
        try:
            text = str(java.toString())
        except Exception as unreachable:  # noqa: BLE001 - the JVM has died meanwhile
            text = f"{type(error).__name__} ({unreachable})"
    return text.strip().partition("\n")[0]


def _is_gone(error: Exception) -> bool:
    return (
        isinstance(error, ConnectionError | EOFError)
        or type(error).__name__ == "Py4JNetworkError"
        or "All masters are unresponsive" in str(error)
    )


def _reason(error: Exception, conf: dict[str, str], *, running: bool) -> str:
    text = first_line(error)
    master = conf.get("spark.master", "")
    if "All masters are unresponsive" in str(error):
        return f"no master answers at {master!r}: {text}; check that it runs and can be reached from here"
    if _is_gone(error):
        return (
            f"the JVM of this process's Spark session has ended ({text}); "
            "a process cannot start another JVM: run the pipeline again in a new process"
        )
    if "JAVA_GATEWAY_EXITED" in str(error):
        version = java_major_version()
        if version is not None and version < OLDEST:
            return f"Spark needs Java {OLDEST} or newer, and found Java {version}; {INSTALL_JAVA}"
        if not master.startswith(_MASTERS):
            return _wrong_master(master, "Spark does not know it")
        return (
            "Spark's JVM ended during its start; its output is above, in the log or on the console. Common causes are "
            f"a spark.driver_memory ({conf.get('spark.driver.memory')}) larger than the machine's memory, and a wrong "
            "JAVA_HOME or SPARK_HOME"
        )
    if "Master URL" in text or "parse Master" in text:
        return _wrong_master(master, text)
    if "BindException" in str(error) or "Service 'sparkDriver'" in text:
        return (
            f"Spark's driver cannot open its port: {text}; if the host's name cannot be used, set the environment "
            "variable SPARK_LOCAL_IP=127.0.0.1, and check that spark.driver.port is free if it is set"
        )
    what = (
        "this process's Spark session cannot be used" if running else f"Spark cannot be started on {master!r}"
    )
    return f"{what}: {text}; the cause of this error has the details"


def _wrong_master(master: str, why: str) -> str:
    return (
        f"Spark cannot use the master {master!r}: {why}; "
        "expected local, local[4], local[*], spark://host:port, yarn or k8s://..."
    )
