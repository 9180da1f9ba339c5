"""Outcome of a task: the summary of its run, or the exception that Airflow sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from airflow_ppf.pipeline_file.quality_failure import QualityFailureAction
from airflow_ppf.task.summary import summarize
from ppf_core.runner import (
    ComponentStoppedError,
    DataQualityError,
    NoOpHooks,
    PipelineFailedError,
    PipelineResultStatus,
)
from ppf_core.secrets import is_error_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppf_core.config import PipelineConfig
    from ppf_core.quality import CheckResult
    from ppf_core.runner import PipelineResult

__all__ = ["TaskOutcome"]


class TaskOutcome(NoOpHooks):
    """Reporter of a run to the task's log and XCom, which turns a failed run into an exception for Airflow.

    It is a hook because the result of an interrupted run is not returned to anyone else.
    """

    def __init__(self, task_instance: Any, log: Any, on_quality_failure: str) -> None:
        self._task_instance = task_instance
        self._log = log
        self._on_quality_failure = on_quality_failure
        self._result: PipelineResult | None = None

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Keep the result."""
        self._result = result

    def conclude(self, result: PipelineResult, quality: Sequence[CheckResult]) -> dict[str, Any]:
        """Return the summary of a successful run.

        Raises:
            AirflowSkipException: components raised it, and nothing else failed.
            AirflowFailException: a component raised it, or a quality check failed and must not be retried.
            PipelineFailedError: any other failure; the task's retry policy decides.
        """
        self._result = result
        summary = self._summary(result, quality)
        if result.status is PipelineResultStatus.SUCCESS:
            return summary
        self._push(summary)
        failure = PipelineFailedError(result)
        errors = [
            error for _, error in result.failed_components if not isinstance(error, ComponentStoppedError)
        ]
        self._log_further_errors(result, errors)
        raise self._exception(failure, errors) from failure.cause

    def report_interruption(self, quality: Sequence[CheckResult]) -> None:
        """Report what an interrupted run has completed."""
        if self._result is not None:
            self._push(self._summary(self._result, quality))

    def _exception(self, failure: PipelineFailedError, errors: list[Exception]) -> Exception:
        if errors and all(is_error_of(error, AirflowSkipException) for error in errors):
            return AirflowSkipException(str(errors[0]))
        if any(is_error_of(error, AirflowFailException) for error in errors):
            return AirflowFailException(str(failure))
        if self._on_quality_failure == QualityFailureAction.FAIL.value and _failed_quality(failure.result):
            return AirflowFailException(str(failure))
        return failure

    def _summary(self, result: PipelineResult, quality: Sequence[CheckResult]) -> dict[str, Any]:
        summary = summarize(result, self._task_instance.try_number, quality)
        self._log.info("Summary of this try", ppf_summary=summary)
        return summary

    def _push(self, summary: dict[str, Any]) -> None:
        try:
            self._task_instance.xcom_push("ppf_summary", summary)
        except Exception as error:  # noqa: BLE001 - the task may have been superseded; the run's own error matters more
            self._log.warning("The summary could not be stored as XCom: %s", error)

    def _log_further_errors(self, result: PipelineResult, errors: list[Exception]) -> None:
        # Airflow shows the first error, as the cause of the task's exception.
        for name, error in result.failed_components:
            if error in errors[1:]:
                self._log.error("%s failed with this error", name, exc_info=error)


def _failed_quality(result: PipelineResult) -> bool:
    errors: list[BaseException] = [error for _, error in result.failed_components]
    if result.error is not None:
        errors.append(result.error)
    return any(is_error_of(error, DataQualityError) for error in errors)
