"""Table of retryable errors: which are transient, which are permanent, and why."""

from __future__ import annotations

import builtins
import re
import sys
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from ppf_core.secrets import RedactedError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ERROR_TABLE", "ErrorRow", "Verdict", "class_names", "error_chain", "verdict_on"]


class Verdict(str, Enum):
    """Prospects of another try."""

    PERMANENT = "permanent"
    """Another try fails in the same way."""
    TRANSIENT = "transient"
    """Another try may succeed."""
    UNDECIDED = "undecided"
    """Unknown; the task's `retries` decide."""


@dataclass(frozen=True)
class ErrorRow:
    """Verdict on errors of some classes.

    Args:
        verdict: The prospects of another try.
        names: Class names without modules; subclasses match too.
        why: The reason for the verdict, for the task's log.
        text: A regular expression; if set, only errors whose text contains a match are meant.
    """

    verdict: Verdict
    names: tuple[str, ...]
    why: str
    text: str | None = None


_FROM_SPARK = ("Py4JError", "PySparkException", "RpcError")
"""Classes of errors from the JVM or a Connect server, whose text names the class of the original error."""

ERROR_TABLE: tuple[ErrorRow, ...] = (
    # Transient errors come first, since a lost connection is often reported as an error of a class that is otherwise
    # permanent. When in doubt, an error is not permanent: a useless try costs less than a run that is not finished.
    ErrorRow(
        Verdict.TRANSIENT,
        _FROM_SPARK,
        "Spark lost an executor, its driver or its master",
        r"ExecutorLostFailure|Lost executor|[Ee]xecutor heartbeat timed out|Remote RPC client disassociated"
        r"|FetchFailed|SparkContext was shut ?down|stopped SparkContext|All masters are unresponsive"
        r"|Could not find CoarseGrainedScheduler",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        _FROM_SPARK,
        "a connection failed or timed out",
        r"java\.net\.(Connect|Socket|SocketTimeout|NoRouteToHost|PortUnreachable|UnknownHost)Exception"
        r"|java\.nio\.channels\.ClosedChannelException|java\.util\.concurrent\.TimeoutException"
        r"|RpcTimeoutException|ConnectTimeoutException|NoHttpResponseException|ConnectionClosedException"
        r"|Connection re(fused|set)|Broken pipe",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        _FROM_SPARK,
        "a database, a store or another writer was busy",
        r"java\.sql\.SQL(Transient|Recoverable)\w*Exception|CommunicationsException|CommitFailedException"
        r"|delta\.(\w+\.)*Concurrent\w+Exception|RetriableException|SlowDown|ThrottlingException"
        r"|Service ?Unavailable|Too ?Many ?Requests",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        _FROM_SPARK,
        "the Spark Connect server was down or restarted",
        r"StatusCode\.(UNAVAILABLE|DEADLINE_EXCEEDED|RESOURCE_EXHAUSTED|ABORTED)"
        r"|INVALID_HANDLE\.SESSION_(CHANGED|CLOSED|NOT_FOUND)",
    ),
    ErrorRow(Verdict.TRANSIENT, ("SessionUnavailableError",), "Spark did not answer"),
    ErrorRow(
        Verdict.TRANSIENT,
        ("Py4JError",),
        "the connection to the JVM was lost",
        r"Answer from Java side is empty|Error while (sending|receiving|obtaining)"
        r"|trying to connect to the Java server",
    ),
    ErrorRow(Verdict.TRANSIENT, ("Py4JNetworkError",), "the connection to the JVM was lost"),
    ErrorRow(
        Verdict.TRANSIENT,
        # Classes of Python itself, and classes with these names in HTTP and cloud libraries.
        (
            "ConnectionError",
            "ConnectTimeoutError",
            "EndpointConnectionError",
            "ConnectionClosedError",
            "NewConnectionError",
            "MaxRetryError",
            "ProtocolError",
            "IncompleteRead",
            "gaierror",
        ),
        "a connection failed",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        (
            "TimeoutError",
            "Timeout",
            "ReadTimeout",
            "ConnectTimeout",
            "ReadTimeoutError",
            "AirflowTaskTimeout",
        ),
        "a timeout",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        ("OSError",),
        "the network was not available",
        r"Network is (unreachable|down)|No route to host|Temporary failure in name resolution|Stale file handle",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        ("HTTPError",),
        "a server was busy or failed",
        r"\b(429|50[0234])\b",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        ("OperationalError", "InterfaceError"),
        "a database was not available (PEP 249)",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        ("CircuitBreakerOpenError",),
        "a dependency of the component had failed repeatedly",
    ),
    ErrorRow(
        Verdict.UNDECIDED,
        ("TypeError", "AttributeError"),
        "in Python, a dead JVM looks like this",
        r"'NoneType'|'Java(Object|Member|Class|Package)'|_jvm\b|_jsc\b",
    ),
    ErrorRow(
        Verdict.UNDECIDED,
        ("AnalysisException",),
        "missing files may arrive later",
        r"PATH_NOT_FOUND|Path does not exist",
    ),
    ErrorRow(
        Verdict.PERMANENT,
        ("ConfigError", "ClassPathError", "SecretNotFoundError", "SecretReferenceError", "MissingExtraError"),
        "the pipeline is wrong",
    ),
    ErrorRow(
        Verdict.PERMANENT,
        ("ComponentInstantiationError", "OwnInputError", "SchemaError", "CheckDefinitionError"),
        "a component or a check is wrong",
    ),
    ErrorRow(Verdict.PERMANENT, ("CheckpointError",), "the checkpoint cannot be used"),
    ErrorRow(Verdict.PERMANENT, ("UpstreamHandOverError",), "an upstream task must run again first"),
    ErrorRow(
        Verdict.PERMANENT,
        ("SessionError",),
        "Spark cannot start",
        r"cannot use the master|needs Java",
    ),
    ErrorRow(
        Verdict.PERMANENT,
        ("AnalysisException", "ParseException", "InvalidPlanInput"),
        "the query is wrong",
    ),
    ErrorRow(
        Verdict.PERMANENT,
        (
            "IllegalArgumentException",
            "UnsupportedOperationException",
            "SparkUpgradeException",
            "PySparkTypeError",
            "PySparkValueError",
            "PySparkAttributeError",
            "PySparkNotImplementedError",
            "PySparkKeyError",
            "PySparkIndexError",
            "PySparkPicklingError",
            "PySparkImportError",
        ),
        "an invalid call of Spark",
    ),
    ErrorRow(
        Verdict.PERMANENT,
        (
            "ArithmeticException",
            "DateTimeException",
            "NumberFormatException",
            "ArrayIndexOutOfBoundsException",
            "SparkNoSuchElementException",
        ),
        "the same data gives the same error",
    ),
    ErrorRow(
        Verdict.PERMANENT,
        _FROM_SPARK,
        "Spark lacks a class, or has another version of it",
        r"java\.lang\.(ClassNotFoundException|NoClassDefFoundError|NoSuchMethodError|UnsupportedClassVersionError)",
    ),
    ErrorRow(
        Verdict.PERMANENT,
        ("TypeError", "AttributeError", "NameError", "ImportError", "SyntaxError", "NotImplementedError"),
        "the code is wrong",
    ),
)
"""Rows in order of precedence: the first row that matches an error applies. An error without a row is undecided."""


def verdict_on(error: BaseException) -> ErrorRow | None:
    """Return the row that applies to `error` and its chain of causes; None if no row matches any of them.

    A transient error in the chain takes precedence over permanent errors, and these over undecided errors.
    """
    rows = [row for linked in error_chain(error) if (row := _first_row(linked)) is not None]
    for verdict in (Verdict.TRANSIENT, Verdict.PERMANENT, Verdict.UNDECIDED):
        for row in rows:
            if row.verdict is verdict:
                return row
    return None


def error_chain(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and the errors that led to it, each once: causes, contexts, and the members of groups."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        current = pending.pop(0)
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        pending.append(current.__cause__)
        if not current.__suppress_context__:
            pending.append(current.__context__)
        # Errors of ppf_core have their cause in `cause`; Spark has the cause of an error in the JVM in `_cause`.
        pending += [getattr(current, "cause", None), getattr(current, "_cause", None)]
        members = getattr(current, "exceptions", ())
        pending += members if isinstance(members, (tuple, list)) else ()


def class_names(error: BaseException) -> set[str]:
    """Return the names of the classes of `error`, with and without modules; of a redacted error, the original's."""
    cls: type = type(error)
    names: set[str] = set()
    if isinstance(error, RedactedError):
        names.add(error.type_name)
        cls = error.error_type or _class_called(error.type_name) or BaseException
    for base in cls.__mro__:
        names |= {base.__name__, f"{base.__module__}.{base.__qualname__}"}
    return names


def _first_row(error: BaseException) -> ErrorRow | None:
    names = class_names(error)
    text: str | None = None
    for row in ERROR_TABLE:
        if names.isdisjoint(row.names):
            continue
        if row.text is None:
            return row
        if text is None:
            text = _text(error)
        if re.search(row.text, text):
            return row
    return None


def _class_called(name: str) -> type | None:
    """Return the class of Python, Spark or py4j with a name, if there is one."""
    for module in ("builtins", "pyspark.errors", "py4j.protocol"):
        loaded = builtins if module == "builtins" else sys.modules.get(module)
        cls = getattr(loaded, name, None)
        if isinstance(cls, type):
            return cls
    return None


def _text(error: BaseException) -> str:
    """Return the error's text, gRPC status and Java stack trace, as far as it has them."""
    parts: list[str] = []
    for describe in (str, _status, _java_stack_trace):
        try:
            parts.append(str(describe(error)))
        except Exception:  # noqa: BLE001, S112 - some ask the JVM, which may be dead; then the class decides
            continue
    return "\n".join(parts)


def _java_stack_trace(error: BaseException) -> str:
    return getattr(error, "_stackTrace", "")


def _status(error: BaseException) -> str:
    for method in ("getGrpcStatusCode", "code"):
        if callable(status := getattr(error, method, None)):
            return str(status())
    return ""
