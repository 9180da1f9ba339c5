"""Null check of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .check import CheckOptions, CheckResult, DataQualityCheck, make_check
from .measurement import TableMeasurement
from .sql_text import column_names, quoted_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Unpack

__all__ = ["null_check"]


def null_check(table: str, columns: str | Sequence[str], **options: Unpack[CheckOptions]) -> DataQualityCheck:
    """Create a check that expects no null in `columns`; NaN and empty text are values, an empty table passes.

    Raises:
        CheckDefinitionError: no column is named.
    """
    names = column_names(columns, f"Nulls of {table}")
    counts = {name: f"count_if({quoted_column(name)} IS NULL)" for name in names}

    def measurement(name: str) -> TableMeasurement:
        def judge(values: Mapping[str, Any]) -> CheckResult:
            rows = values["count(*)"]
            nulls = {column: values[count] for column, count in counts.items()}
            got = ", ".join(f"{count} in {column}" for column, count in nulls.items() if count)
            expected = f"expected no nulls in {', '.join(names)}"
            message = f"table {table}: {expected}, got {got or 'none'} among {rows} rows"
            return CheckResult(name, not got, message, {"rows": rows, "nulls": nulls})

        return TableMeasurement(name, table, names, ("count(*)", *counts.values()), judge)

    return make_check(f"nulls({table}: {', '.join(names)})", measurement, **options)
