"""Uniqueness check of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .check import CheckOptions, CheckResult, DataQualityCheck, make_check
from .measurement import TableMeasurement
from .sql_text import column_names, quoted_column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Unpack

__all__ = ["unique_check"]


def unique_check(
    table: str, columns: str | Sequence[str], **options: Unpack[CheckOptions]
) -> DataQualityCheck:
    """Create a check that expects that no two rows have the same values in all of `columns`.

    As with UNIQUE in SQL, a row with a null in any of them equals no other row; for a key add a `null_check`. An
    empty table passes. A column of type variant, which Spark cannot compare, fails the check.

    Raises:
        CheckDefinitionError: no column is named.
    """
    names = column_names(columns, f"Uniqueness in {table}")
    quoted = [quoted_column(name) for name in names]
    # Both count only the rows in which no column is null.
    keyed = f"count({', '.join(quoted)})"
    distinct = f"count(DISTINCT {', '.join(quoted)})"

    def measurement(name: str) -> TableMeasurement:
        def judge(values: Mapping[str, Any]) -> CheckResult:
            rows, repeated = values["count(*)"], values[keyed] - values[distinct]
            ignored = rows - values[keyed]
            message = (
                f"table {table}: expected each value of {', '.join(names)} once, "
                f"got {repeated} repeated among {rows} rows"
            )
            if ignored:
                message += f", {ignored} with a null not counted"
            details = {"rows": rows, "repeated": repeated, "rows_with_null": ignored}
            return CheckResult(name, repeated == 0, message, details)

        return TableMeasurement(name, table, names, ("count(*)", keyed, distinct), judge)

    return make_check(f"unique({table}: {', '.join(names)})", measurement, **options)
