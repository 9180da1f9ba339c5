"""Which errors are worth another try: the table, and how an error is looked up in it."""

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
    """What another try may do."""

    PERMANENT = "permanent"
    """It fails in the same way."""
    TRANSIENT = "transient"
    """It may well succeed."""
    UNDECIDED = "undecided"
    """Nobody knows; it is tried again as often as the task's `retries` say."""


@dataclass(frozen=True)
class ErrorRow:
    """Errors of one sort.

    Args:
        verdict: What another try may do.
        names: Class names, without modules; classes that derive from them count as well.
        why: The reason for the verdict, which the task's log tells.
        text: A regular expression; then only those errors are meant in whose text it is found.
    """

    verdict: Verdict
    names: tuple[str, ...]
    why: str
    text: str | None = None


_FROM_SPARK = ("Py4JError", "PySparkException", "RpcError")
"""What carries an error from the JVM or from a Connect server; its text names the error's class there."""

ERROR_TABLE: tuple[ErrorRow, ...] = (
    # What is transient comes first: a lost connection is often reported as an error of a class that is permanent
    # otherwise. When in doubt, an error is not permanent: a try in vain costs less than a run that stays undone.
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
        "a connection failed or took too long",
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
        "the Spark Connect server was not there, or was another one",
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
        # Those of Python itself, and those of that name in HTTP and cloud libraries.
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
        "something took too long",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        ("OSError",),
        "the network was not there",
        r"Network is (unreachable|down)|No route to host|Temporary failure in name resolution|Stale file handle",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        ("HTTPError",),
        "a server was busy or in trouble",
        r"\b(429|50[0234])\b",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        ("OperationalError", "InterfaceError"),
        "a database could not be reached (PEP 249)",
    ),
    ErrorRow(
        Verdict.TRANSIENT,
        ("CircuitBreakerOpenError",),
        "what the component needs had failed again and again",
    ),
    ErrorRow(
        Verdict.UNDECIDED,
        ("TypeError", "AttributeError"),
        "that is how a JVM that has died looks from Python",
        r"'NoneType'|'Java(Object|Member|Class|Package)'|_jvm\b|_jsc\b",
    ),
    ErrorRow(
        Verdict.UNDECIDED,
        ("AnalysisException",),
        "files that are missing may still come",
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
    ErrorRow(Verdict.PERMANENT, ("UpstreamHandOverError",), "a task upstream has to run again first"),
    ErrorRow(
        Verdict.PERMANENT,
        ("SessionError",),
        "Spark cannot start like this",
        r"cannot use the master|needs Java",
    ),
    ErrorRow(
        Verdict.PERMANENT,
        ("AnalysisException", "ParseException", "InvalidPlanInput"),
        "Spark does not understand the query",
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
        "Spark is asked for what it cannot do",
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
        "Spark computes the same of the same data",
    ),
    ErrorRow(
        Verdict.PERMANENT,
        _FROM_SPARK,
        "Spark lacks a class, or has it in another version",
        r"java\.lang\.(ClassNotFoundException|NoClassDefFoundError|NoSuchMethodError|UnsupportedClassVersionError)",
    ),
    ErrorRow(
        Verdict.PERMANENT,
        ("TypeError", "AttributeError", "NameError", "ImportError", "SyntaxError", "NotImplementedError"),
        "the code is wrong",
    ),
)
"""Looked at from the top; the first row that fits an error counts. What fits none is undecided."""


def verdict_on(error: BaseException) -> ErrorRow | None:
    """The row that counts for `error` and all that it was caused by; None if no row fits any of them.

    One transient error among them makes the whole worth a try; else one that is permanent counts.
    """
    rows = [row for one in error_chain(error) if (row := _first_row(one)) is not None]
    for verdict in (Verdict.TRANSIENT, Verdict.PERMANENT, Verdict.UNDECIDED):
        for row in rows:
            if row.verdict is verdict:
                return row
    return None


def error_chain(error: BaseException) -> Iterator[BaseException]:
    """`error` and what it was caused by, each once: causes, contexts, and the members of groups."""
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
        # Ours keep their cause in `cause`, and Spark keeps what caused an error in the JVM in `_cause`.
        pending += [getattr(current, "cause", None), getattr(current, "_cause", None)]
        members = getattr(current, "exceptions", ())
        pending += members if isinstance(members, (tuple, list)) else ()


def class_names(error: BaseException) -> set[str]:
    """Names of the classes of `error`, with and without their modules; of a redacted error, those it stands for."""
    cls: type = type(error)
    names: set[str] = set()
    if isinstance(error, RedactedError):
        names.add(error.type_name)
        cls = error.error_type or _class_called(error.type_name) or BaseException
    for one in cls.__mro__:
        names |= {one.__name__, f"{one.__module__}.{one.__qualname__}"}
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
    """The class that a redacted error was of, if it is one of Python's, Spark's or py4j's."""
    for module in ("builtins", "pyspark.errors", "py4j.protocol"):
        loaded = builtins if module == "builtins" else sys.modules.get(module)
        found = getattr(loaded, name, None)
        if isinstance(found, type):
            return found
    return None


def _text(error: BaseException) -> str:
    """The error's text, and its gRPC status; some errors ask the JVM for it, which may be dead."""
    parts: list[str] = []
    for tell in (str, _status, lambda one: getattr(one, "_stackTrace", "")):
        try:
            parts.append(str(tell(error)))
        except Exception:  # noqa: BLE001, S112 - an error that cannot tell is judged by its class
            continue
    return "\n".join(parts)


def _status(error: BaseException) -> str:
    for method in ("getGrpcStatusCode", "code"):
        if callable(found := getattr(error, method, None)):
            return str(found())
    return ""
