"""The table of errors, row by row, and how causes are looked at."""

from __future__ import annotations

import socket
import urllib.error
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from airflow.sdk.exceptions import AirflowTaskTimeout
from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark.errors import (
    AnalysisException,
    ArithmeticException,
    DateTimeException,
    IllegalArgumentException,
    NumberFormatException,
    ParseException,
    PySparkAttributeError,
    PySparkNotImplementedError,
    PySparkTypeError,
    PySparkValueError,
    PythonException,
    SparkRuntimeException,
    UnknownException,
)
from pyspark.errors.exceptions.base import PySparkException
from pyspark.errors.exceptions.connect import InvalidPlanInput, SparkConnectGrpcException

from airflow_ppf.handover.xcom import UpstreamHandOverError
from airflow_ppf.task.error_table import ERROR_TABLE, Verdict, verdict_on
from ppf_core.batch import OwnInputError
from ppf_core.component import ComponentExecutionError, ComponentInstantiationError
from ppf_core.config import ClassPathError, ConfigError, Problem
from ppf_core.metrics import MissingExtraError
from ppf_core.quality import CheckDefinitionError
from ppf_core.resilience import CircuitBreakerOpenError
from ppf_core.runner import CheckpointSupersededError, CheckpointUnreadableError, PipelineConfigChangedError
from ppf_core.schema import SchemaError
from ppf_core.secrets import RedactedError, SecretNotFoundError, SecretReferenceError
from ppf_core.session import SessionError, SessionUnavailableError


class JavaError(Py4JError):
    """As Py4JJavaError, whose text comes from the JVM, or does not come if that has died."""

    def __init__(self, text: str | None) -> None:
        super().__init__("An error occurred while calling o1.save")
        self.text = text

    def __str__(self) -> str:
        if self.text is None:
            raise Py4JNetworkError("the JVM is gone")
        return f"An error occurred while calling o1.save.\n: {self.text}"


class Unavailable(grpc.RpcError):
    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE


class OperationalError(Exception):
    """As every driver of a database has one."""


class ReadTimeout(OSError):  # noqa: N818 - the name is the point
    """As that of requests."""


TRANSIENT: dict[str, BaseException] = {
    "lost executor": UnknownException(
        "org.apache.spark.SparkException: Job aborted due to stage failure: ... ExecutorLostFailure (executor 3 "
        "exited caused by one of the running tasks) Reason: Remote RPC client disassociated"
    ),
    "lost executor of an RDD": JavaError("org.apache.spark.SparkException: ... ExecutorLostFailure"),
    "lost shuffle": UnknownException("... org.apache.spark.shuffle.FetchFailedException: ..."),
    "stopped context": IllegalArgumentException("Cannot call methods on a stopped SparkContext."),
    "refused in the JVM": JavaError("java.net.ConnectException: Connection refused"),
    "metastore unreachable": AnalysisException(
        "HiveException: java.net.SocketTimeoutException: Read timed out"
    ),
    "unknown host": UnknownException("java.net.UnknownHostException: namenode"),
    "broadcast timeout": UnknownException(
        "java.util.concurrent.TimeoutException: Futures timed out after [300 s]"
    ),
    "rpc timeout": UnknownException("org.apache.spark.rpc.RpcTimeoutException: Futures timed out"),
    "database recovers": JavaError("java.sql.SQLRecoverableException: IO Error"),
    "other writer": UnknownException("io.delta.exceptions.ConcurrentAppendException: Files were added"),
    "store is busy": JavaError(
        "com.amazonaws...AmazonS3Exception: Please reduce your request rate (503; SlowDown)"
    ),
    "connect server away": SparkConnectGrpcException(
        "<_InactiveRpcError: failed to connect to all addresses>",
        grpc_status_code=grpc.StatusCode.UNAVAILABLE,
    ),
    "connect server restarted": SparkConnectGrpcException(
        "[INVALID_HANDLE.SESSION_NOT_FOUND] The handle ..."
    ),
    "grpc": Unavailable(),
    "jvm died": Py4JError("Answer from Java side is empty"),
    "jvm unreachable": Py4JNetworkError("no answer"),
    "refused": ConnectionRefusedError("refused"),
    "reset": ConnectionResetError("reset"),
    "pipe": BrokenPipeError("pipe"),
    "name": socket.gaierror("Name or service not known"),
    "timeout": TimeoutError(),
    "http client's timeout": ReadTimeout(),
    "time limit of the task": AirflowTaskTimeout("Timeout, PID: 1"),
    "no network": OSError(101, "Network is unreachable"),
    "server in trouble": urllib.error.HTTPError("http://x", 503, "Service Unavailable", None, None),  # type: ignore[arg-type]
    "database": OperationalError("server closed the connection unexpectedly"),
    "no answer from Spark": SessionUnavailableError("cannot reach the Spark Connect server sc://there"),
    "open breaker": CircuitBreakerOpenError("clean", 3.0),
    "redacted": RedactedError("ConnectionResetError", "***"),
    "redacted from the JVM": RedactedError("Py4JJavaError", "java.net.ConnectException: ***"),
}

PERMANENT: dict[str, BaseException] = {
    "config": ConfigError([Problem("spark", "expected a block")]),
    "class path": ClassPathError("my.Step", "no module my"),
    "no secret": SecretNotFoundError("env", "KEY", "environment"),
    "bad secret": SecretReferenceError("x", "no provider"),
    "no extra": MissingExtraError("X", "prometheus"),
    "no such class": ComponentInstantiationError("my.Step", ImportError("no module my")),
    "own input": OwnInputError("w", "/p", "v"),
    "schema": SchemaError("not a type"),
    "check": CheckDefinitionError("x", "min above max"),
    "config changed": PipelineConfigChangedError("run", "p"),
    "unreadable checkpoint": CheckpointUnreadableError("place", "torn"),
    "superseded": CheckpointSupersededError("run", "p"),
    "nothing handed over": UpstreamHandOverError("clean", "clean", "it is damaged"),
    "wrong master": SessionError("Spark cannot use the master 'yarm': Spark does not know it"),
    "no java": SessionError("Spark needs Java, and there is no `java` in PATH"),
    "analysis": AnalysisException("[UNRESOLVED_COLUMN] A column with name `x` cannot be resolved"),
    "no view": AnalysisException("[TABLE_OR_VIEW_NOT_FOUND] The table or view `x` cannot be found"),
    "parse": ParseException("[PARSE_SYNTAX_ERROR] Syntax error at or near 'FORM'"),
    "plan of connect": InvalidPlanInput("x"),
    "argument": IllegalArgumentException("requirement failed"),
    "spark type": PySparkTypeError("[NOT_COLUMN] Argument"),
    "spark value": PySparkValueError("x"),
    "spark attribute": PySparkAttributeError("[ATTRIBUTE_NOT_SUPPORTED]"),
    "spark lacks it": PySparkNotImplementedError("[NOT_IMPLEMENTED] x"),
    "division": ArithmeticException("[DIVIDE_BY_ZERO] Division by zero"),
    "date": DateTimeException("[CANNOT_PARSE_TIMESTAMP]"),
    "number": NumberFormatException("[CAST_INVALID_INPUT]"),
    "no class in the JVM": JavaError("java.lang.ClassNotFoundException: org.postgresql.Driver"),
    "type": TypeError("run() takes 1 positional argument but 2 were given"),
    "attribute": AttributeError("'DataFrame' object has no attribute 'wher'"),
    "name": NameError("name 'x' is not defined"),
    "import": ModuleNotFoundError("No module named 'x'"),
    "not implemented": NotImplementedError(),
    "redacted": RedactedError("AnalysisException", "***"),
    "redacted with an ancestor in the table": RedactedError("ModuleNotFoundError", "***"),
}

UNDECIDED: dict[str, BaseException] = {
    "dead JVM as type": TypeError("'JavaObject' object is not callable"),
    "dead JVM as attribute": AttributeError("'NoneType' object has no attribute 'sc'"),
    "dead JVM without an answer": JavaError(None),
    "late files": AnalysisException("[PATH_NOT_FOUND] Path does not exist: file:/data/2026-11-24"),
    "no file": FileNotFoundError("x"),
    "value": ValueError("x"),
    "key": KeyError("x"),
    "udf": PythonException("Traceback ... TypeError: x"),
    "spark at run time": SparkRuntimeException("[USER_RAISED_EXCEPTION] x"),
    "whatever Spark says": PySparkException("x"),
    "client's fault": urllib.error.HTTPError("http://x", 403, "Forbidden", None, None),  # type: ignore[arg-type]
    "session": SessionError("Spark's JVM ended during its start"),
    "redacted, unknown": RedactedError("MyError", "***"),
}


def verdict(error: BaseException) -> Verdict:
    row = verdict_on(error)
    return Verdict.UNDECIDED if row is None else row.verdict


@pytest.mark.parametrize("error", TRANSIENT.values(), ids=TRANSIENT)
def test_it_is_transient(error: BaseException) -> None:
    assert verdict(error) is Verdict.TRANSIENT


@pytest.mark.parametrize("error", PERMANENT.values(), ids=PERMANENT)
def test_it_is_permanent(error: BaseException) -> None:
    assert verdict(error) is Verdict.PERMANENT


@pytest.mark.parametrize("error", UNDECIDED.values(), ids=UNDECIDED)
def test_it_is_undecided(error: BaseException) -> None:
    assert verdict(error) is Verdict.UNDECIDED


def test_each_row_of_the_table_is_what_counts_for_one_of_these_errors() -> None:
    errors = [*TRANSIENT.values(), *PERMANENT.values(), *UNDECIDED.values()]
    counted = [row for error in errors if (row := verdict_on(error)) is not None]
    assert [row.why for row in ERROR_TABLE if row not in counted] == []


def raised(
    error: BaseException, *, cause: BaseException | None = None, context: BaseException | None = None
) -> Any:
    if cause is not None:
        error.__cause__ = cause
    error.__context__ = context
    return error


@pytest.mark.parametrize(
    "error",
    [
        raised(ValueError("x"), cause=ConnectionResetError()),
        raised(ValueError("x"), context=ConnectionResetError()),
        raised(AnalysisException("x"), cause=raised(ValueError("y"), cause=TimeoutError())),
        ComponentExecutionError("clean", ConnectionResetError()),
        ComponentInstantiationError("my.Step", RedactedError("ConnectionRefusedError", "***")),
    ],
    ids=["cause", "context", "cause of a cause", "ppf's own wrapper", "redacted in a wrapper"],
)
def test_a_transient_error_among_the_causes_makes_the_whole_worth_a_try(error: BaseException) -> None:
    assert verdict(error) is Verdict.TRANSIENT


def test_a_context_that_was_suppressed_is_not_a_cause() -> None:
    error = raised(TypeError("x"), context=ConnectionResetError())
    error.__suppress_context__ = True
    assert verdict(error) is Verdict.PERMANENT


def test_what_spark_keeps_as_the_cause_in_the_jvm_is_looked_at() -> None:
    error = ValueError("x")
    error._cause = AnalysisException("y")  # type: ignore[attr-defined] # as Spark's captured exceptions have it
    assert verdict(error) is Verdict.PERMANENT


def test_the_stack_in_the_jvm_is_looked_at() -> None:
    error = UnknownException("Job aborted")
    error._stackTrace = "...\nCaused by: java.net.SocketException: Connection reset"  # type: ignore[attr-defined] # as above
    assert verdict(error) is Verdict.TRANSIENT


def test_an_error_that_is_its_own_cause_is_looked_at_once() -> None:
    error = ValueError("x")
    other = raised(KeyError("y"), context=error)
    assert verdict(raised(error, context=other)) is Verdict.UNDECIDED


def test_a_cause_that_is_no_error_is_ignored() -> None:
    error = ValueError("x")
    error.cause = SimpleNamespace()  # type: ignore[attr-defined] # anybody may have an attribute of that name
    assert verdict(error) is Verdict.UNDECIDED
