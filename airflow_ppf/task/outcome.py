"""How a task ends, by how its run did."""

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
    """Tells of a run in the task's log and XCom, and turns a failed one into the exception that Airflow is to see.

    As a hook it also learns of a run that was interrupted and whose result nobody returns.
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
        """The summary of a run that succeeded.

        Raises:
            AirflowSkipException: components said so, and nothing else failed.
            AirflowFailException: a component said so, or a quality check failed that is not to be tried again.
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
        self._show_all_but_the_first(result, errors)
        raise self._exception(failure, errors) from failure.cause

    def tell_of_interruption(self, quality: Sequence[CheckResult]) -> None:
        """Tell what is known of a run that did not end by itself."""
        if self._result is not None:
            self._push(self._summary(self._result, quality))

    def _exception(self, failure: PipelineFailedError, errors: list[Exception]) -> Exception:
        if errors and all(is_error_of(error, AirflowSkipException) for error in errors):
            return AirflowSkipException(str(errors[0]))
        if any(is_error_of(error, AirflowFailException) for error in errors):
            return AirflowFailException(str(failure))
        if self._on_quality_failure == QualityFailureAction.FAIL.value and _is_of_quality(failure.result):
            return AirflowFailException(str(failure))
        return failure

    def _summary(self, result: PipelineResult, quality: Sequence[CheckResult]) -> dict[str, Any]:
        summary = summarize(result, self._task_instance.try_number, quality)
        self._log.info("Summary of this try", ppf_summary=summary)
        return summary

    def _push(self, summary: dict[str, Any]) -> None:
        try:
            self._task_instance.xcom_push("ppf_summary", summary)
        except Exception as error:  # noqa: BLE001 - Airflow may have taken the task away; its own error matters more
            self._log.warning("The summary could not be kept as XCom: %s", error)

    def _show_all_but_the_first(self, result: PipelineResult, errors: list[Exception]) -> None:
        # Airflow shows the first one, as the cause of what the task raises.
        for name, error in result.failed_components:
            if error in errors[1:]:
                self._log.error("%s failed with this error", name, exc_info=error)


def _is_of_quality(result: PipelineResult) -> bool:
    errors: list[BaseException] = [error for _, error in result.failed_components]
    if result.error is not None:
        errors.append(result.error)
    return any(is_error_of(error, DataQualityError) for error in errors)
