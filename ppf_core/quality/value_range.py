"""Range check of a column's values."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .check import CheckOptions, CheckResult, DataQualityCheck, make_check
from .errors import CheckDefinitionError
from .measurement import TableMeasurement
from .sql_text import Bound, literal, quoted_column

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

__all__ = ["range_check"]


def range_check(
    table: str,
    column: str,
    min: Bound | None = None,  # noqa: A002 - the name in HOCON and in the public API
    max: Bound | None = None,  # noqa: A002 - the name in HOCON and in the public API
    **options: Unpack[CheckOptions],
) -> DataQualityCheck:
    """Create a check that expects each value of `column` from `min` to `max`, inclusive; at least one must be given.

    Bounds are numbers, dates, times or text; Spark compares text with the column, so `"2013-01-01"` is a date for a
    date column. Nulls are ignored. NaN and values that cannot be compared with the bounds are outside of every range.
    An empty table passes.

    Raises:
        CheckDefinitionError: no bound is given, a bound has an unsupported type, or `min` is above `max`.
    """
    where = f"Range of {table}.{column}"
    bounds = [bound for bound in (min, max) if bound is not None]
    if not bounds:
        raise CheckDefinitionError(f"{where}: expected min, max or both, got neither")
    try:
        lower, upper = (None if bound is None else literal(bound) for bound in (min, max))
        # The order of texts depends on the column's type. Comparing bounds of different kinds is a TypeError.
        in_order = all(isinstance(bound, str) for bound in bounds) or bounds[0] <= bounds[-1]  # type: ignore[operator]
    except (CheckDefinitionError, TypeError) as error:
        raise CheckDefinitionError(f"{where}: got min={min!r}, max={max!r}: {error}") from None
    if not in_order:
        raise CheckDefinitionError(f"{where}: expected min <= max, got min={min!r}, max={max!r}")

    value = quoted_column(column)
    within = [f"{value} >= {lower}" if lower else "", f"{value} <= {upper}" if upper else ""]
    if isinstance(bounds[0], int | float | Decimal):
        within.append(f"NOT isnan(CAST({value} AS DOUBLE))")  # Spark orders NaN above every number
    # Without ANSI mode, text that is not a number compares as null, which is outside of the bounds too.
    inside = f"coalesce({' AND '.join(filter(None, within))}, false)"
    outside = f"count_if({value} IS NOT NULL AND NOT {inside})"
    smallest, largest, present = f"min({value})", f"max({value})", f"count({value})"
    expected = " and ".join(
        words for words in (f"at least {min}" if lower else "", f"at most {max}" if upper else "") if words
    )

    def measurement(name: str) -> TableMeasurement:
        def judge(values: Mapping[str, Any]) -> CheckResult:
            rows, count = values["count(*)"], values[outside]
            nulls = rows - values[present]
            got = f"{count} others among {rows} rows"
            if values[present]:
                got += f", smallest {values[smallest]}, largest {values[largest]}"
            if nulls:
                got += f", {nulls} nulls not counted"
            details = {
                "rows": rows,
                "outside": count,
                "nulls": nulls,
                "smallest": values[smallest],
                "largest": values[largest],
            }
            message = f"table {table}, column {column}: expected values of {expected}, got {got}"
            return CheckResult(name, count == 0, message, details)

        expressions = ("count(*)", outside, present, smallest, largest)
        return TableMeasurement(name, table, (column,), expressions, judge)

    return make_check(f"range({table}: {column})", measurement, **options)
