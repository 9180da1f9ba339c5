"""What a check is, when it runs, what it finds, and what follows when it fails."""

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
    """When a check runs."""

    BEFORE_PIPELINE = "before_pipeline"
    AFTER_PIPELINE = "after_pipeline"
    AFTER_COMPONENT = "after_component"


class FailureMode(str, Enum):
    """What follows when a check fails."""

    FAIL_ON_ERROR = "fail_on_error"
    """An error is raised."""
    WARN_ONLY = "warn_only"
    """A warning is logged."""
    THRESHOLD = "threshold"
    """A warning is logged until the check has failed more than `max_failures` times in one run."""


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    `message` says what was expected, what came, and where; `details` holds the same as numbers.
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
    """A check and its place in a run.

    `check_fn` gets the Spark session and returns a `CheckResult`; what it raises counts as a failure. A
    `TableMeasurement` as `check_fn` shares its pass over the table with the other checks of that moment.

    `component_name` is for `AFTER_COMPONENT`, where `None` means after every component; `max_failures` is for
    `THRESHOLD`. `timing` and `failure_mode` may also be given by their values, as `"after_pipeline"`.

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
    """What every factory of checks takes besides its own arguments.

    Without `name` the check is named after what it does. Without `timing` it runs after the component that
    `component_name` names, or after the pipeline if that is not given either.
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
    """A check from `CheckOptions`; `function_for` gets the name that the results are to carry."""
    if timing is None:
        timing = CheckTiming.AFTER_COMPONENT if component_name else CheckTiming.AFTER_PIPELINE
    name = name or default_name
    return DataQualityCheck(name, timing, function_for(name), component_name, failure_mode, max_failures)
