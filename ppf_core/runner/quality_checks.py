"""Quality checks built from the `quality` block of a pipeline file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ppf_core.config import CheckFailureAction, Problem, QualityCheckType
from ppf_core.quality import (
    CheckDefinitionError,
    CheckTiming,
    DataQualityCheck,
    FailureMode,
    custom_sql_check,
    null_check,
    range_check,
    row_count_check,
    schema_check,
    unique_check,
)

if TYPE_CHECKING:
    from ppf_core.config import QualityCheckConfig, QualityConfig

__all__ = ["check_problems", "make_check"]

_FAILURE_MODES = {
    CheckFailureAction.FAIL: FailureMode.FAIL_ON_ERROR,
    CheckFailureAction.WARN: FailureMode.WARN_ONLY,
    CheckFailureAction.THRESHOLD: FailureMode.THRESHOLD,
}


def make_check(config: QualityCheckConfig) -> DataQualityCheck:
    """Build the check that `config` describes.

    Raises:
        CheckDefinitionError: the check could never work, for instance because of an unknown Spark type.
    """
    options: dict[str, Any] = {
        "name": config.effective_name,
        "timing": CheckTiming(config.effective_timing),
        "component_name": config.after,
        "failure_mode": _FAILURE_MODES[config.on_failure],
        "max_failures": config.max_failures,
    }
    # The config models require the fields that each type needs.
    table, columns = config.table or "", config.columns or []
    if config.type is QualityCheckType.ROW_COUNT:
        return row_count_check(table, config.min_rows, config.max_rows, **options)
    if config.type is QualityCheckType.NULLS:
        return null_check(table, columns, **options)
    if config.type is QualityCheckType.UNIQUE:
        return unique_check(table, columns, **options)
    if config.type is QualityCheckType.RANGE:
        return range_check(table, config.column or "", config.min, config.max, **options)
    if config.type is QualityCheckType.SCHEMA:
        return schema_check(table, config.fields or {}, **options)
    return custom_sql_check(query=config.query or "", **options)


def check_problems(config: QualityConfig) -> list[Problem]:
    """Return the problems of the checks that could never work: setting, name of the check, reason."""
    problems: list[Problem] = []
    for index, check in enumerate(config.checks):
        try:
            make_check(check)
        except CheckDefinitionError as error:
            problems.append(Problem(f"quality.checks[{index}]", f'check "{check.effective_name}": {error}'))
    return problems
