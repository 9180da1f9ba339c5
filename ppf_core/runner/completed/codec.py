"""JSON codec for records that are read back: checkpoints, XCom entries and partial runs."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from ppf_core.config import Problem, path_text
from ppf_core.errors import PpfError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

__all__ = ["RecordCodec", "RecordError"]

_T = TypeVar("_T")
_LONGEST_VALUE = 60

_EXPECTED = {
    "dataclass": "an object",
    "dict": "an object",
    "greater_than_equal": "a whole number from {ge}",
    "int": "a whole number",
    "list": "a list",
    "missing": "a value",
    "string": "a text",
    "tuple": "a list",
}
"""Expected value for each pydantic error type, by the type or its first word."""


class RecordError(PpfError, ValueError):
    """A stored record does not have the expected shape; `problems` lists each place that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "; ".join(
                f"{problem.path}: {problem.message}" if problem.path else problem.message
                for problem in self.problems
            )
        )

    def __reduce__(self) -> tuple[type, tuple[tuple[Problem, ...]]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.problems,)


class RecordCodec(Generic[_T]):
    """Writes one type of record as JSON and reads it back strictly.

    Fields that have their default are not written, which keeps the record of a component that did little short.

    Args:
        kind: The type of the record: a dataclass.
    """

    def __init__(self, kind: type[_T]) -> None:
        self._kind = kind

    def to_json(self, record: _T) -> bytes:
        """Return the record as one line of JSON."""
        try:
            return self._adapter.dump_json(record, exclude_defaults=True)
        except PydanticSerializationError:
            # A lone surrogate, as in the name of a file that is no text: the standard library writes it as an escape.
            return json.dumps(self._adapter.dump_python(record, exclude_defaults=True)).encode()

    def to_plain(self, record: _T) -> Any:
        """Return the record as plain lists and dicts, the form that a store or an XCom takes."""
        return json.loads(self.to_json(record))

    def from_json(self, text: str | bytes) -> _T:
        """Read what `to_json` wrote.

        Raises:
            RecordError: the text is something else.
        """
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RecordError([Problem("", f"it is not JSON ({error})")]) from error
        return self.from_plain(document)

    def from_plain(self, document: object) -> _T:
        """Read what `to_plain` returned; raise `RecordError` if it is something else."""
        try:
            return self._adapter.validate_python(document)
        except ValidationError as error:
            raise RecordError([_problem(detail) for detail in error.errors(include_url=False)]) from error

    @cached_property
    def _adapter(self) -> TypeAdapter[_T]:
        return TypeAdapter(self._kind)


def _problem(error: ErrorDetails) -> Problem:
    kind = error["type"]
    expected = _EXPECTED.get(kind) or _EXPECTED.get(kind.partition("_")[0])
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        message = "unknown key"
    elif expected is None:
        message = error["msg"].removeprefix("Value error, ")
    elif kind == "missing":
        message = "expected a value, got none"
    else:
        message = f"expected {expected.format(**error.get('ctx', {}))}, got {_shown(error['input'])}"
    return Problem(path_text(error["loc"]), message)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    text = json.dumps(value, default=repr)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
