"""Table measurements: checks that are computed together in a single pass over a table."""

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
    """A check function that consists of aggregates over a table.

    All measurements of a table that run at the same time are computed in a single pass. `expressions` are
    aggregates in Spark SQL, such as `count(*)` or ``max(`price`)``; `judge` is called with their values, by expression.
    `columns` are the columns that the expressions read; if a column is missing, the check fails and names it.

    Called alone, like any check function, it makes a separate pass.
    """

    check_name: str
    table: str
    columns: tuple[str, ...]
    expressions: tuple[str, ...]
    judge: Callable[[Mapping[str, Any]], CheckResult]

    def __call__(self, spark: SparkSession) -> CheckResult:
        """Compute this measurement alone."""
        return measure_together([self], spark)[0]


def measure_together(measurements: Sequence[TableMeasurement], spark: SparkSession) -> list[CheckResult]:
    """Return a result for each of `measurements`, all of the same table, from a single pass over it.

    A measurement that cannot be computed, such as a comparison with a column of the wrong type, fails the pass; only
    then is each measurement computed separately, so that the others still get a result.
    """
    table = measurements[0].table
    try:
        frame = spark.table(quoted_table(table))
        columns = frame.columns
    except Exception as error:  # noqa: BLE001 - whatever Spark raises, the checks have failed
        return [failure_of(measurement.check_name, error, f"table {table}: ") for measurement in measurements]
    results = [_missing_columns(measurement, columns) for measurement in measurements]
    ready = [measurement for measurement, result in zip(measurements, results, strict=True) if result is None]
    measured = iter(_measure(ready, frame) if ready else [])
    return [result or next(measured) for result in results]


def _measure(measurements: Sequence[TableMeasurement], frame: DataFrame) -> list[CheckResult]:
    expressions = list(
        dict.fromkeys(text for measurement in measurements for text in measurement.expressions)
    )
    try:
        row = frame.selectExpr(*(f"{text} AS m{index}" for index, text in enumerate(expressions))).collect()[
            0
        ]
    except Exception as error:  # noqa: BLE001 - whatever Spark raises, the checks have failed
        if len(measurements) == 1:
            (measurement,) = measurements
            return [failure_of(measurement.check_name, error, f"table {measurement.table}: ")]
        return [result for measurement in measurements for result in _measure([measurement], frame)]
    values = dict(zip(expressions, row, strict=True))
    return [_judge(measurement, values) for measurement in measurements]


def _judge(measurement: TableMeasurement, values: Mapping[str, Any]) -> CheckResult:
    try:
        return measurement.judge(values)
    except Exception as error:  # noqa: BLE001 - a check that raises is a failed check
        return failure_of(measurement.check_name, error, f"table {measurement.table}: ")


def _missing_columns(measurement: TableMeasurement, columns: list[str]) -> CheckResult | None:
    known = {name.lower() for name in columns}
    missing = [name for name in measurement.columns if name.lower() not in known]
    if not missing:
        return None
    hints = [name + did_you_mean(name, columns) for name in missing]
    message = (
        f"table {measurement.table}: expected columns {', '.join(measurement.columns)}, "
        f"got none named {', '.join(hints)}; the columns are {', '.join(columns)}"
    )
    return CheckResult(measurement.check_name, False, message, {"missing_columns": missing})


def failure_of(check_name: str, error: Exception, where: str = "") -> CheckResult:
    """Return the result of a check that raised `error`, with the first line of its text: Spark appends the plan."""
    lines = str(error).strip().splitlines() or [""]
    reason = lines[0] if len(lines[0]) <= _REASON_LENGTH else lines[0][:_REASON_LENGTH] + "..."
    kind = type(error).__name__
    return CheckResult(
        check_name, False, f"{where}the check could not run: {kind}: {reason}", {"error_type": kind}
    )
