"""Custom SQL check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .check import CheckFunction, CheckResult, CheckTiming, DataQualityCheck, FailureMode, make_check
from .errors import CheckDefinitionError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["custom_sql_check"]

_ROWS_KEPT = 5


def custom_sql_check(
    name: str,
    query: str,
    *,
    timing: CheckTiming | None = None,
    component_name: str | None = None,
    failure_mode: FailureMode = FailureMode.FAIL_ON_ERROR,
    max_failures: int = 0,
) -> DataQualityCheck:
    """Create a check that expects `query` to return no rows: it selects the invalid rows.

    The check reads at most six rows; five are in the result's details as `sample`, and none in its message,
    which is logged. To test a single condition, select a row if it does not hold:
    `SELECT 1 FROM (SELECT sum(amount) AS s FROM payments) WHERE s <> 0`. For the other arguments see `CheckOptions`.

    Raises:
        CheckDefinitionError: the query is empty.
    """
    if not query.strip():
        raise CheckDefinitionError(f"Check {name}: expected a query, got an empty text")

    def function_for(check_name: str) -> CheckFunction:
        def check(spark: SparkSession) -> CheckResult:
            frame = spark.sql(query)
            rows = frame.limit(_ROWS_KEPT + 1).collect()
            sample = [row.asDict(recursive=True) for row in rows[:_ROWS_KEPT]]
            got = str(len(rows)) if len(rows) <= _ROWS_KEPT else f"more than {_ROWS_KEPT}"
            message = f"query {query.strip()!r}: expected no rows, got {got}"
            if len(rows) == 1 and [kind for _, kind in frame.dtypes] == ["boolean"]:
                message += (
                    "; each row is a failure, whatever its value: select the rows WHERE NOT the condition"
                )
            return CheckResult(check_name, not rows, message, {"rows": got, "sample": sample})

        return check

    return make_check(
        name,
        function_for,
        timing=timing,
        component_name=component_name,
        failure_mode=failure_mode,
        max_failures=max_failures,
    )
