"""Row count check of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .check import CheckOptions, CheckResult, DataQualityCheck, make_check
from .errors import CheckDefinitionError
from .measurement import TableMeasurement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

__all__ = ["row_count_check"]

_ROWS = "count(*)"


def row_count_check(
    table: str, min_rows: int | None = None, max_rows: int | None = None, **options: Unpack[CheckOptions]
) -> DataQualityCheck:
    """Create a check that expects `min_rows` to `max_rows` rows, inclusive; at least one bound must be given.

    Raises:
        CheckDefinitionError: no bound is given, a bound is negative, or the lower bound is above the upper.
    """
    bounds = [bound for bound in (min_rows, max_rows) if bound is not None]
    if not bounds or min(bounds) < 0 or sorted(bounds) != bounds:
        raise CheckDefinitionError(
            f"Row count of {table}: expected min_rows, max_rows or both, with 0 <= min_rows <= max_rows, "
            f"got min_rows={min_rows}, max_rows={max_rows}"
        )
    if min_rows is None:
        expected = f"at most {max_rows} rows"
    elif max_rows is None:
        expected = f"at least {min_rows} rows"
    else:
        expected = f"{min_rows} to {max_rows} rows"

    def measurement(name: str) -> TableMeasurement:
        def judge(values: Mapping[str, Any]) -> CheckResult:
            rows = values[_ROWS]
            passed = (min_rows is None or rows >= min_rows) and (max_rows is None or rows <= max_rows)
            return CheckResult(
                name, passed, f"table {table}: expected {expected}, got {rows}", {"rows": rows}
            )

        return TableMeasurement(name, table, (), (_ROWS,), judge)

    return make_check(f"row_count({table})", measurement, **options)
