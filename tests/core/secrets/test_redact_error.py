"""An error with a secret in it becomes one without, and stays the same error in all else."""

from __future__ import annotations

import pickle
import sys
import traceback
from dataclasses import dataclass
from typing import Any

import pytest

from ppf_core.component import ComponentExecutionError, ComponentInstantiationError
from ppf_core.secrets import EnvSecretsProvider, RedactedError, SecretsResolver, is_error_of

PASSWORD = "tr0ub4dor&3"  # noqa: S105 - made up


@pytest.fixture
def resolver() -> SecretsResolver:
    resolver = SecretsResolver()
    resolver.register("env", EnvSecretsProvider({"PW": PASSWORD}))
    resolver.resolve("secret://env/PW")
    return resolver


def trace_of(error: BaseException) -> str:
    """Return all that a log, a result or a pickle could show of an error."""
    shown = [str(error), repr(error), repr(error.args), repr(vars(error)), repr(error.__reduce__())]
    shown += traceback.format_exception(type(error), error, error.__traceback__)
    shown += [trace_of(linked) for linked in (error.__cause__, error.__context__) if linked is not None]
    return "\n".join(shown)


class TwoArgumentsError(Exception):
    def __init__(self, url: str, *, code: int) -> None:
        super().__init__(f"{url} answered {code}")
        self.url = url
        self.code = code


class ComputedError(Exception):
    """As Py4JJavaError: gets its text from elsewhere each time."""

    def __init__(self) -> None:
        super().__init__()
        self.code = 7

    def __str__(self) -> str:
        return f"java says {PASSWORD}"


class SlottedError(Exception):
    __slots__ = ("hidden",)

    def __init__(self) -> None:
        self.hidden = PASSWORD

    def __str__(self) -> str:
        return f"slot: {self.hidden}"


@dataclass
class Request:
    headers: dict[str, str]

    def __repr__(self) -> str:
        return "<Request>"


def with_attribute(value: Any) -> Exception:
    error = RuntimeError("failed")
    error.request = value  # type: ignore[attr-defined]
    return error


def from_a_cause() -> Exception:
    error = RuntimeError("outer")
    error.__cause__ = ValueError(f"inner {PASSWORD}")
    return error


def from_a_context() -> Exception:
    try:
        try:
            {}[PASSWORD]  # type: ignore[index]
        except KeyError:
            raise RuntimeError("outer")  # noqa: B904 - leaves the context, as careless code does
    except RuntimeError as error:
        return error


def with_a_note() -> Exception:
    error = RuntimeError("failed")
    if sys.version_info >= (3, 11):
        error.add_note(f"pw was {PASSWORD}")
    else:
        error.__notes__ = [f"pw was {PASSWORD}"]
    return error


ERRORS: list[Exception] = [
    ValueError(f"bad {PASSWORD}"),
    ValueError({"a": [PASSWORD, (PASSWORD,)], PASSWORD: 1}),
    ValueError(PASSWORD.encode()),
    KeyError(PASSWORD),
    FileNotFoundError(2, "No such file", f"/tmp/{PASSWORD}"),  # noqa: S108 - never opened
    ConnectionRefusedError(111, f"refused {PASSWORD}"),
    UnicodeDecodeError("utf-8", PASSWORD.encode(), 0, 1, "bad start"),
    ImportError(f"cannot import {PASSWORD}", name=PASSWORD),
    SyntaxError("bad", ("file.py", 1, 2, f"x = {PASSWORD}")),
    TwoArgumentsError(f"http://u:{PASSWORD}@h", code=401),
    ComponentInstantiationError("a.B", ValueError(PASSWORD)),
    ComponentExecutionError("clean", KeyboardInterrupt(PASSWORD)),
    with_attribute(Request({"Authorization": PASSWORD})),
    from_a_cause(),
    from_a_context(),
    with_a_note(),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_no_trace_is_left_and_the_class_is_the_same(error: Exception, resolver: SecretsResolver) -> None:
    assert PASSWORD in trace_of(error) or hasattr(error, "request")
    redacted = resolver.redact_error(error)
    assert PASSWORD not in trace_of(redacted)
    assert PASSWORD.encode() not in pickle.dumps(vars(redacted))
    assert type(redacted) is type(error)


def test_an_error_without_a_secret_is_returned_itself(resolver: SecretsResolver) -> None:
    error = ValueError("harmless", Request({}))
    error.__cause__ = KeyError("too")
    assert resolver.redact_error(error) is error


def test_what_is_no_secret_stays(resolver: SecretsResolver) -> None:
    redacted = resolver.redact_error(TwoArgumentsError(f"http://u:{PASSWORD}@h", code=401))
    assert isinstance(redacted, TwoArgumentsError)
    assert (redacted.url, redacted.code, str(redacted)) == (
        "http://u:***@h",
        401,
        "http://u:***@h answered 401",
    )


def test_an_operating_system_error_keeps_its_number(resolver: SecretsResolver) -> None:
    redacted = resolver.redact_error(FileNotFoundError(2, "No such file", f"/x/{PASSWORD}"))
    assert isinstance(redacted, FileNotFoundError)
    assert (redacted.errno, redacted.filename) == (2, "/x/***")


def test_the_original_is_not_changed(resolver: SecretsResolver) -> None:
    error = from_a_cause()
    resolver.redact_error(error)
    assert PASSWORD in trace_of(error)


def test_the_traceback_is_kept(resolver: SecretsResolver) -> None:
    try:
        raise ValueError(PASSWORD)  # noqa: TRY301 - the traceback is wanted
    except ValueError as error:
        redacted = resolver.redact_error(error)
    frames = traceback.extract_tb(redacted.__traceback__)
    assert [frame.name for frame in frames] == ["test_the_traceback_is_kept"]


def test_suppressed_contexts_stay_suppressed(resolver: SecretsResolver) -> None:
    error = from_a_context()
    error.__suppress_context__ = True
    redacted = resolver.redact_error(error)
    assert redacted.__suppress_context__
    assert isinstance(redacted.__context__, KeyError)


@pytest.mark.parametrize("error", [ComputedError(), SlottedError()], ids=lambda error: type(error).__name__)
def test_an_error_that_computes_its_text_is_stood_in_for_by_a_subclass(
    error: Exception, resolver: SecretsResolver
) -> None:
    redacted = resolver.redact_error(error)
    assert PASSWORD not in trace_of(redacted)
    assert isinstance(redacted, type(error))
    assert type(redacted).__name__ == type(error).__name__
    assert "***" in str(redacted)
    again = pickle.loads(pickle.dumps(redacted))  # noqa: S301 - made right here
    assert isinstance(again, RedactedError)
    assert "***" in str(again)


def test_a_stand_in_counts_as_an_error_of_the_class_that_it_stands_for() -> None:
    stand_in = RedactedError.of(FileNotFoundError("x"), "***")
    assert is_error_of(stand_in, OSError)
    assert not is_error_of(stand_in, ValueError)
    assert is_error_of(FileNotFoundError("x"), KeyError, OSError)
    unpickled = pickle.loads(pickle.dumps(stand_in))  # noqa: S301 - made right here
    assert (str(unpickled), is_error_of(unpickled, OSError)) == (str(stand_in), False)


def test_errors_that_refer_to_each_other_are_handled(resolver: SecretsResolver) -> None:
    first, second = ValueError(PASSWORD), ValueError(f"two {PASSWORD}")
    first.__context__, second.__context__ = second, first
    first.other, second.other = second, first  # type: ignore[attr-defined]
    redacted = resolver.redact_error(first)
    assert PASSWORD not in str(redacted)
    assert PASSWORD not in str(redacted.__context__)
    assert PASSWORD not in "".join(traceback.format_exception(redacted))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups came with Python 3.11")
def test_the_members_of_a_group_are_redacted(resolver: SecretsResolver) -> None:
    group = ExceptionGroup(f"all {PASSWORD}", [ValueError(PASSWORD), KeyError("fine")])  # noqa: F821 - 3.11
    redacted = resolver.redact_error(group)
    assert isinstance(redacted, ExceptionGroup)  # noqa: F821 - 3.11
    assert PASSWORD not in trace_of(redacted)
    assert redacted.exceptions[1] is group.exceptions[1]


class _Hostile:
    @property
    def __dict__(self) -> Any:  # type: ignore[override]
        raise RuntimeError(PASSWORD)

    def __repr__(self) -> str:
        raise RuntimeError(PASSWORD)


class HostileError(Exception):
    def __str__(self) -> str:
        raise RuntimeError(PASSWORD)

    __repr__ = __str__


def deep() -> list[Any]:
    value: list[Any] = [PASSWORD]
    for _ in range(5000):
        value = [value]
    return value


@pytest.mark.parametrize(
    "error",
    [
        HostileError(PASSWORD),
        ValueError(PASSWORD, _Hostile()),
        ValueError(deep()),
        ValueError([{}] * 20_000, PASSWORD),
    ],
    ids=["hostile class", "hostile argument", "deep", "large"],
)
def test_it_never_raises_and_never_shows(error: Exception, resolver: SecretsResolver) -> None:
    redacted = resolver.redact_error(error)
    assert PASSWORD not in "".join(traceback.format_exception(redacted))
    if not isinstance(redacted, ValueError | HostileError):
        assert isinstance(redacted, RedactedError)
