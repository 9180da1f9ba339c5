"""Runs checks together and collects their results."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .check import CheckResult, DataQualityCheck
from .measurement import TableMeasurement, failure_of, measure_together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import SparkSession

__all__ = ["could_not_run", "run_checks"]

logger = logging.getLogger(__name__)


def run_checks(checks: Sequence[DataQualityCheck], spark: SparkSession) -> list[CheckResult]:
    """Return a result for each check, in order; a check never makes it raise.

    Checks whose function is a `TableMeasurement` are measured together, with a single pass for each table.
    """
    tables: dict[str, list[tuple[int, TableMeasurement]]] = {}
    results: dict[int, CheckResult] = {}
    for index, check in enumerate(checks):
        if isinstance(check.check_fn, TableMeasurement):
            tables.setdefault(check.check_fn.table, []).append((index, check.check_fn))
        else:
            results[index] = _run_alone(check, spark)
    for members in tables.values():
        together = measure_together([measurement for _, measurement in members], spark)
        results.update(zip((index for index, _ in members), together, strict=True))
    return [results[index] for index in range(len(checks))]


def could_not_run(check: DataQualityCheck, error: Exception) -> CheckResult:
    """Return the failed result of a check that raised `error`, or for which there was no session."""
    return failure_of(check.name, error)


def _run_alone(check: DataQualityCheck, spark: SparkSession) -> CheckResult:
    try:
        result = check.check_fn(spark)
        if not isinstance(result, CheckResult):
            raise TypeError(f"expected check_fn to return a CheckResult, got {result!r}")  # noqa: TRY301 - reported like what check_fn raises
    except Exception as error:
        logger.warning("Check %s raised", check.name, exc_info=error)
        return could_not_run(check, error)
    return result
