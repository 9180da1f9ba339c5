"""Checks that say what they measure, so that many can be measured at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ppf_core.config import did_you_mean

from .check import CheckResult
from .sql_text import quoted_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import DataFrame, SparkSession

__all__ = ["TableMeasurement", "failure_of", "measure_together"]

_REASON_LENGTH = 500


@dataclass(frozen=True)
class TableMeasurement:
    """A check's function that is made of aggregates over one table.

    All measurements of one table at one moment are computed in a single pass over it. `expressions` are
    aggregates in Spark SQL, as `count(*)` or ``max(`price`)``; `judge` gets their values by that same text.
    `columns` are the columns that the expressions read; if one is missing, the check fails and says so.

    Called by itself, as any check function, it makes a pass of its own.
    """

    check_name: str
    table: str
    columns: tuple[str, ...]
    expressions: tuple[str, ...]
    judge: Callable[[Mapping[str, Any]], CheckResult]

    def __call__(self, spark: SparkSession) -> CheckResult:
        """Measure this one alone."""
        return measure_together([self], spark)[0]


def measure_together(measurements: Sequence[TableMeasurement], spark: SparkSession) -> list[CheckResult]:
    """One result for each of `measurements`, all of them of one table, from one pass over it.

    One that cannot be computed (a comparison that the column's type does not allow, say) fails the pass for
    all; then, and only then, each is measured by itself, so that the others still get their answer.
    """
    table = measurements[0].table
    try:
        frame = spark.table(quoted_table(table))
        found = frame.columns
    except Exception as error:  # noqa: BLE001 - whatever Spark raises, the checks have failed
        return [failure_of(one.check_name, error, f"table {table}: ") for one in measurements]
    results = [_missing_columns(one, found) for one in measurements]
    ready = [one for one, result in zip(measurements, results, strict=True) if result is None]
    measured = iter(_measure(ready, frame) if ready else [])
    return [result or next(measured) for result in results]


def _measure(measurements: Sequence[TableMeasurement], frame: DataFrame) -> list[CheckResult]:
    expressions = list(dict.fromkeys(text for one in measurements for text in one.expressions))
    try:
        row = frame.selectExpr(*(f"{text} AS m{index}" for index, text in enumerate(expressions))).collect()[
            0
        ]
    except Exception as error:  # noqa: BLE001 - whatever Spark raises, the checks have failed
        if len(measurements) == 1:
            (one,) = measurements
            return [failure_of(one.check_name, error, f"table {one.table}: ")]
        return [result for one in measurements for result in _measure([one], frame)]
    values = dict(zip(expressions, row, strict=True))
    return [_judge(one, values) for one in measurements]


def _judge(measurement: TableMeasurement, values: Mapping[str, Any]) -> CheckResult:
    try:
        return measurement.judge(values)
    except Exception as error:  # noqa: BLE001 - a check that raises is a failed check
        return failure_of(measurement.check_name, error, f"table {measurement.table}: ")


def _missing_columns(measurement: TableMeasurement, found: list[str]) -> CheckResult | None:
    known = {name.lower() for name in found}
    missing = [name for name in measurement.columns if name.lower() not in known]
    if not missing:
        return None
    hints = [name + did_you_mean(name, found) for name in missing]
    message = (
        f"table {measurement.table}: expected columns {', '.join(measurement.columns)}, "
        f"got none named {', '.join(hints)}; the columns are {', '.join(found)}"
    )
    return CheckResult(measurement.check_name, False, message, {"missing_columns": missing})


def failure_of(check_name: str, error: Exception, where: str = "") -> CheckResult:
    """The result of a check that raised `error`, with its first line: Spark's go on with the whole plan."""
    lines = str(error).strip().splitlines() or [""]
    reason = lines[0] if len(lines[0]) <= _REASON_LENGTH else lines[0][:_REASON_LENGTH] + "..."
    kind = type(error).__name__
    return CheckResult(
        check_name, False, f"{where}the check could not be made: {kind}: {reason}", {"error_type": kind}
    )
