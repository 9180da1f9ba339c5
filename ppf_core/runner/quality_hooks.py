"""Data quality hooks: run quality checks before, during and after a pipeline."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from ppf_core.config import did_you_mean
from ppf_core.errors import PpfError, StopPipeline
from ppf_core.quality import CheckResult, CheckTiming, FailureMode, could_not_run, run_checks

from .hooks import NoOpHooks
from .result import PipelineResultStatus, SkipReason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.quality import DataQualityCheck
    from ppf_core.session import SparkSessionWrapper

    from .result import PipelineResult

__all__ = ["DataQualityError", "DataQualityHooks", "DataQualityStop"]

logger = logging.getLogger(__name__)


class DataQualityError(PpfError):
    """Failure of one quality check, or of several with the same timing.

    `check_name` and `result` are those of the first failed check; `results` holds all of them, and the message names
    each.
    """

    def __init__(
        self, check_name: str, result: CheckResult, more_results: Iterable[CheckResult] = ()
    ) -> None:
        self.check_name = check_name
        self.result = result
        self.results = (result, *more_results)
        if len(self.results) == 1:
            message = f"Quality check {check_name} failed: {result.message}"
        else:
            lines = "".join(f"\n  {failed.check_name}: {failed.message}" for failed in self.results)
            message = f"{len(self.results)} quality checks failed:{lines}"
        super().__init__(message)

    def __reduce__(self) -> tuple[type[DataQualityError], tuple[str, CheckResult, tuple[CheckResult, ...]]]:
        """Pickle the arguments; the message is built from them again."""
        return type(self), (self.check_name, self.result, self.results[1:])


class DataQualityStop(DataQualityError, StopPipeline):  # noqa: N818 - named like StopPipeline
    """Failure of quality checks that stops the run."""


class DataQualityHooks(NoOpHooks):
    """Runs the registered checks at their timing and keeps the results.

    A check runs before the pipeline, after it (only if it succeeded), or after the component that the check names.
    All checks with the same timing run first, those of one table in one pass, and are recorded before a failure has
    any effect. A check that raises is a failed check. So is a check that names an unknown component, because it would
    never run.

    `FAIL_ON_ERROR` raises, `WARN_ONLY` logs, and `THRESHOLD` logs until the check has failed more than `max_failures`
    times in this run, then raises. The exception is a `DataQualityError`, which the runner logs like that of any hook:
    the run continues, and `results` shows the failure afterwards. With `stop_on_failure` the exception is a
    `DataQualityStop`: the run stops, and the component that was checked counts as failed. In a `CompositeHooks`, list
    this before the hooks that record, such as `CheckpointHooks`.

    The Spark session is started only when a check is due.
    """

    def __init__(self, spark_wrapper: SparkSessionWrapper, *, stop_on_failure: bool = False) -> None:
        self._spark_wrapper = spark_wrapper
        self._stop_on_failure = stop_on_failure
        self._checks: list[DataQualityCheck] = []
        self._results: list[CheckResult] = []
        self._failures: Counter[int] = Counter()  # by index in _checks, because two checks may share a name

    def register(self, check: DataQualityCheck) -> None:
        """Add a check; checks with the same timing run in the order in which they were registered."""
        self._checks.append(check)

    def register_all(self, checks: Iterable[DataQualityCheck]) -> None:
        """Add several checks."""
        self._checks.extend(checks)

    @property
    def checks(self) -> list[DataQualityCheck]:
        """The registered checks, as a copy."""
        return list(self._checks)

    @property
    def results(self) -> list[CheckResult]:
        """The results of the current run in the order in which the checks ran, as a copy."""
        return list(self._results)

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Clear the last run's results, fail the checks of unknown components, and run the checks that are due."""
        self._results.clear()
        self._failures.clear()
        names = [component.name for component in config.components]
        unknown = {
            index: CheckResult(
                check.name,
                False,
                f"expected the name of a component of {config.name}, got {check.component_name!r}"
                f"{did_you_mean(check.component_name, names)}; the check would never run",
            )
            for index, check in enumerate(self._checks)
            if check.timing is CheckTiming.AFTER_COMPONENT
            and check.component_name is not None
            and check.component_name not in names
        }
        due = self._due(CheckTiming.BEFORE_PIPELINE)
        self._conclude({**unknown, **self._run(due)})

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Run the checks that name this component, or no component."""
        due = self._due(CheckTiming.AFTER_COMPONENT)
        self._conclude(
            self._run([index for index in due if self._checks[index].component_name in (None, config.name)])
        )

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Run the checks of the whole pipeline, unless a component failed, was interrupted or was not selected."""
        due = self._due(CheckTiming.AFTER_PIPELINE)
        if result.status in (PipelineResultStatus.FAILURE, PipelineResultStatus.PARTIAL_SUCCESS):
            if due:
                names = ", ".join(self._checks[index].name for index in due)
                logger.warning(
                    "Pipeline %s did not succeed; these quality checks did not run: %s", config.name, names
                )
            return
        not_selected = [
            skipped.component_name for skipped in result.skipped if skipped.reason is SkipReason.NOT_SELECTED
        ]
        if due and not_selected:
            names = ", ".join(self._checks[index].name for index in due)
            logger.warning(
                "Pipeline %s ran without %s (not selected); these quality checks did not run: %s",
                config.name,
                ", ".join(not_selected),
                names,
            )
            return
        self._conclude(self._run(due))

    def _due(self, timing: CheckTiming) -> list[int]:
        return [index for index, check in enumerate(self._checks) if check.timing is timing]

    def _run(self, due: list[int]) -> dict[int, CheckResult]:
        if not due:
            return {}
        checks = [self._checks[index] for index in due]
        try:
            results = run_checks(checks, self._spark_wrapper.spark)
        except Exception as error:
            # Without a session nothing was checked, which must not look like success.
            logger.exception("No Spark session for %d quality checks", len(checks))
            results = [could_not_run(check, error) for check in checks]
        return dict(zip(due, results, strict=True))

    def _conclude(self, results: dict[int, CheckResult]) -> None:
        """Record and log all results, then raise if one of the failures is an error."""
        self._results.extend(results.values())
        errors = {
            index: result
            for index, result in results.items()
            if not result.passed and self._is_error(index, self._checks[index])
        }
        for index, result in results.items():
            level = logging.ERROR if index in errors else logging.INFO if result.passed else logging.WARNING
            outcome = "passed" if result.passed else f"failed{self._count_so_far(index)}"
            logger.log(level, "Quality check %s %s: %s", result.check_name, outcome, result.message)
        if errors:
            kind = DataQualityStop if self._stop_on_failure else DataQualityError
            first, *others = errors.values()
            raise kind(first.check_name, first, others)

    def _is_error(self, index: int, check: DataQualityCheck) -> bool:
        self._failures[index] += 1
        if check.failure_mode is FailureMode.THRESHOLD:
            return self._failures[index] > check.max_failures
        return check.failure_mode is FailureMode.FAIL_ON_ERROR

    def _count_so_far(self, index: int) -> str:
        check = self._checks[index]
        if check.failure_mode is not FailureMode.THRESHOLD:
            return ""
        return f" ({self._failures[index]} times in this run, {check.max_failures} allowed)"
