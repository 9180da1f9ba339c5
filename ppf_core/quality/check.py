"""Data quality check: its timing, its result and its failure mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

from .errors import CheckDefinitionError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = [
    "CheckFunction",
    "CheckOptions",
    "CheckResult",
    "CheckTiming",
    "DataQualityCheck",
    "FailureMode",
    "make_check",
]


class CheckTiming(str, Enum):
    """Time at which a check runs."""

    BEFORE_PIPELINE = "before_pipeline"
    AFTER_PIPELINE = "after_pipeline"
    AFTER_COMPONENT = "after_component"


class FailureMode(str, Enum):
    """Effect of a failed check."""

    FAIL_ON_ERROR = "fail_on_error"
    """Raise an error."""
    WARN_ONLY = "warn_only"
    """Log a warning."""
    THRESHOLD = "threshold"
    """Log a warning, until the check has failed more than `max_failures` times in a run; then raise an error."""


@dataclass(frozen=True)
class CheckResult:
    """Result of a check.

    `message` has the expected and the actual data and their table; `details` has the same as numbers.
    """

    check_name: str
    passed: bool
    message: str
    details: Mapping[str, Any] | None = None


if TYPE_CHECKING:
    CheckFunction = Callable[[SparkSession], CheckResult]
else:
    CheckFunction = Callable[[Any], CheckResult]

_Member = TypeVar("_Member", bound=Enum)


@dataclass(frozen=True)
class DataQualityCheck:
    """A check and its timing in a run.

    `check_fn` is called with the Spark session and returns a `CheckResult`; an exception counts as a failure. A
    `TableMeasurement` as `check_fn` shares its pass over the table with the other checks that run at the same time.

    `component_name` is for `AFTER_COMPONENT`, where `None` means after every component; `max_failures` is for
    `THRESHOLD`. `timing` and `failure_mode` also accept their values, such as `"after_pipeline"`.

    Raises:
        CheckDefinitionError: there is no such timing or failure mode, or `max_failures` is negative.
    """

    name: str
    timing: CheckTiming
    check_fn: CheckFunction
    component_name: str | None = None
    failure_mode: FailureMode = FailureMode.FAIL_ON_ERROR
    max_failures: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "timing", self._member("timing", CheckTiming, self.timing))
        object.__setattr__(self, "failure_mode", self._member("failure_mode", FailureMode, self.failure_mode))
        if self.max_failures < 0:
            raise CheckDefinitionError(
                f"Check {self.name}: expected max_failures of 0 or more, got {self.max_failures}"
            )

    def _member(self, argument: str, kind: type[_Member], value: object) -> _Member:
        try:
            return kind(value)
        except ValueError:
            values = ", ".join(str(member.value) for member in kind)
            raise CheckDefinitionError(
                f"Check {self.name}: expected {argument} to be one of {values}, got {value!r}"
            ) from None


class CheckOptions(TypedDict, total=False):
    """Options of every function that creates a check.

    The default `name` is derived from the check's arguments. By default the check runs after the component
    `component_name`, or, without it, after the pipeline.
    """

    name: str | None
    timing: CheckTiming | None
    component_name: str | None
    failure_mode: FailureMode
    max_failures: int


def make_check(
    default_name: str,
    function_for: Callable[[str], CheckFunction],
    *,
    name: str | None = None,
    timing: CheckTiming | None = None,
    component_name: str | None = None,
    failure_mode: FailureMode = FailureMode.FAIL_ON_ERROR,
    max_failures: int = 0,
) -> DataQualityCheck:
    """Create a check from `CheckOptions`; `function_for` is called with the name for its results."""
    if timing is None:
        timing = CheckTiming.AFTER_COMPONENT if component_name else CheckTiming.AFTER_PIPELINE
    name = name or default_name
    return DataQualityCheck(name, timing, function_for(name), component_name, failure_mode, max_failures)
