"""Data quality checks of tables and views; the checks of a table share a single pass over it."""

from __future__ import annotations

from .check import CheckResult, CheckTiming, DataQualityCheck, FailureMode
from .custom_sql import custom_sql_check
from .errors import CheckDefinitionError
from .evaluate import could_not_run, run_checks
from .measurement import TableMeasurement
from .nulls import null_check
from .row_count import row_count_check
from .table_schema import schema_check
from .uniqueness import unique_check
from .value_range import range_check

__all__ = [
    "CheckDefinitionError",
    "CheckResult",
    "CheckTiming",
    "DataQualityCheck",
    "FailureMode",
    "TableMeasurement",
    "could_not_run",
    "custom_sql_check",
    "null_check",
    "range_check",
    "row_count_check",
    "run_checks",
    "schema_check",
    "unique_check",
]
