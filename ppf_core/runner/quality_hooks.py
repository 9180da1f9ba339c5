"""Makes quality checks while a pipeline runs."""

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
    """One check failed, or several at the same moment.

    `check_name` and `result` are the first one's; `results` holds all of them, and the message names them all.
    """

    def __init__(self, check_name: str, result: CheckResult, further: Iterable[CheckResult] = ()) -> None:
        self.check_name = check_name
        self.result = result
        self.results = (result, *further)
        if len(self.results) == 1:
            message = f"Quality check {check_name} failed: {result.message}"
        else:
            lines = "".join(f"\n  {one.check_name}: {one.message}" for one in self.results)
            message = f"{len(self.results)} quality checks failed:{lines}"
        super().__init__(message)

    def __reduce__(self) -> tuple[type[DataQualityError], tuple[str, CheckResult, tuple[CheckResult, ...]]]:
        """Pickled by its arguments, of which the message is made again."""
        return type(self), (self.check_name, self.result, self.results[1:])


class DataQualityStop(DataQualityError, StopPipeline):  # noqa: N818 - an order to stop, as StopPipeline is
    """The same, raised where it is to end the run."""


class DataQualityHooks(NoOpHooks):
    """Makes the registered checks at their moments and keeps what they found.

    A moment is before the pipeline, after it (if it succeeded: there is nothing to judge otherwise), or after the
    component that a check names. All checks of a moment are made and recorded, those of one table in one pass,
    before any of them has consequences. A check that raises has failed; so has one that names a component which
    the pipeline does not have, as it would never be made.

    As to the consequences, `FAIL_ON_ERROR` raises, `WARN_ONLY` logs, and `THRESHOLD` logs until the check has
    failed more than `max_failures` times in this run, then raises. What is raised is a `DataQualityError`. From a
    hook that is logged while the run goes on, and `results` tells the caller afterwards. With `stop_on_failure`
    it is a `DataQualityStop`, which the runner obeys: the run ends, and the component that the check came after
    counts as failed. In a `CompositeHooks` put this in front of what records, such as `CheckpointHooks`.

    The session is asked for only when a check is due.
    """

    def __init__(self, spark_wrapper: SparkSessionWrapper, *, stop_on_failure: bool = False) -> None:
        self._spark_wrapper = spark_wrapper
        self._stop_on_failure = stop_on_failure
        self._checks: list[DataQualityCheck] = []
        self._results: list[CheckResult] = []
        self._failures: Counter[int] = Counter()  # by position in _checks, as two checks may share a name

    def register(self, check: DataQualityCheck) -> None:
        """Add a check; those of one moment are made in the order of their registration."""
        self._checks.append(check)

    def register_all(self, checks: Iterable[DataQualityCheck]) -> None:
        """Add several checks."""
        self._checks.extend(checks)

    @property
    def checks(self) -> list[DataQualityCheck]:
        """A copy of the list of what is registered."""
        return list(self._checks)

    @property
    def results(self) -> list[CheckResult]:
        """A copy of the list of what the checks found in the current run, in the order in which they ran."""
        return list(self._results)

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Forget the last run; make the checks that come first, and judge those that never could be made."""
        self._results.clear()
        self._failures.clear()
        names = [component.name for component in config.components]
        lost = {
            index: CheckResult(
                check.name,
                False,
                f"expected the name of a component of {config.name}, got {check.component_name!r}"
                f"{did_you_mean(check.component_name, names)}; the check would never be made",
            )
            for index, check in enumerate(self._checks)
            if check.timing is CheckTiming.AFTER_COMPONENT
            and check.component_name is not None
            and check.component_name not in names
        }
        due = self._due(CheckTiming.BEFORE_PIPELINE)
        self._conclude({**lost, **self._run(due)})

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Make the checks that name this component, or none."""
        due = self._due(CheckTiming.AFTER_COMPONENT)
        self._conclude(
            self._run([one for one in due if self._checks[one].component_name in (None, config.name)])
        )

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Make the checks that come last, unless something failed, was interrupted or was not selected."""
        due = self._due(CheckTiming.AFTER_PIPELINE)
        if result.status in (PipelineResultStatus.FAILURE, PipelineResultStatus.PARTIAL_SUCCESS):
            if due:
                names = ", ".join(self._checks[index].name for index in due)
                logger.warning("Pipeline %s did not succeed; not checked: %s", config.name, names)
            return
        left_out = [one.component_name for one in result.skipped if one.reason is SkipReason.NOT_SELECTED]
        if due and left_out:
            names = ", ".join(self._checks[index].name for index in due)
            logger.warning(
                "Pipeline %s was run without %s (not selected); not checked: %s",
                config.name,
                ", ".join(left_out),
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
            # Without a session nothing was checked, which must not look like nothing being wrong.
            logger.exception("No Spark session for %d quality checks", len(checks))
            results = [could_not_run(check, error) for check in checks]
        return dict(zip(due, results, strict=True))

    def _conclude(self, results: dict[int, CheckResult]) -> None:
        """Record all results, then raise if one of them is reason to."""
        self._results.extend(results.values())
        reasons = {
            index: result
            for index, result in results.items()
            if not result.passed and self._is_error(index, self._checks[index])
        }
        for index, result in results.items():
            level = logging.ERROR if index in reasons else logging.INFO if result.passed else logging.WARNING
            outcome = "passed" if result.passed else f"failed{self._count_so_far(index)}"
            logger.log(level, "Quality check %s %s: %s", result.check_name, outcome, result.message)
        if reasons:
            kind = DataQualityStop if self._stop_on_failure else DataQualityError
            first, *further = reasons.values()
            raise kind(first.check_name, first, further)

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
