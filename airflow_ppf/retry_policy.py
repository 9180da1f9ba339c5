"""Retry policy of pipeline tasks: `PipelineRetryPolicy` fails at once where another try cannot succeed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import RetryDecision, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Context

    from airflow_ppf.task.error_table import Verdict

__all__ = ["PipelineRetryPolicy"]


class PipelineRetryPolicy(RetryPolicy):
    """Retry policy that fails a task at once on permanent errors, and retries transient errors.

    The table in `airflow_ppf.task.error_table` (see docs/operator.md) decides, also by the causes of an error. For
    errors that are not in the table, the task's `retries` decide. If several components failed, a single transient
    error is enough for a retry, since the next try resumes with less to do.

    Args:
        permanent: Further permanent errors, as classes or names (`Busy`, `my.module.Busy`); subclasses match too.
        transient: Further transient errors, likewise. Both take precedence over the table, and `transient` over
            `permanent`.
    """

    def __init__(
        self,
        *,
        permanent: Iterable[type[BaseException] | str] = (),
        transient: Iterable[type[BaseException] | str] = (),
    ) -> None:
        self.permanent = _names(permanent)
        self.transient = _names(transient)

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Context | None = None,
    ) -> RetryDecision:
        """Decide whether Airflow retries the task."""
        # Imported here and below because parsing a DAG creates policies but does not evaluate them.
        from airflow_ppf.task.error_table import Verdict

        verdicts = [self._judge(error) for error in _failures(exception)]
        for verdict, reason in verdicts:
            if verdict is Verdict.TRANSIENT:
                return RetryDecision.retry(reason=reason)
        if all(verdict is Verdict.PERMANENT for verdict, _ in verdicts):
            return RetryDecision.fail(reason=verdicts[0][1])
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """Return the policy's arguments as plain values."""
        return {"permanent": sorted(self.permanent), "transient": sorted(self.transient)}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> PipelineRetryPolicy:
        """Return the policy with serialized arguments."""
        return cls(**data)

    def _judge(self, failure: BaseException | str) -> tuple[Verdict, str]:
        from airflow_ppf.task.error_table import Verdict, class_names, error_chain, verdict_on

        if isinstance(failure, str):
            return Verdict.PERMANENT, failure
        names = {name for error in error_chain(failure) for name in class_names(error)}
        description = f"{type(failure).__name__}: {failure}"
        for verdict, listed in ((Verdict.TRANSIENT, self.transient), (Verdict.PERMANENT, self.permanent)):
            if not names.isdisjoint(listed):
                return verdict, f"{verdict.value} (in the task's retry policy): {description}"
        row = verdict_on(failure)
        if row is None:
            return Verdict.UNDECIDED, description
        return row.verdict, f"{row.verdict.value} ({row.why}): {description}"


def _failures(exception: BaseException) -> list[BaseException | str]:
    """Return the errors of a failed run, or a text if the pipeline was invalid and nothing ran."""
    from ppf_core.runner import ComponentStoppedError, PipelineFailedError

    if not isinstance(exception, PipelineFailedError):
        return [exception]
    result = exception.result
    if result.validation_errors:
        return ["permanent (the pipeline is wrong): " + "; ".join(result.validation_errors)]
    own = [error for _, error in result.failed_components if not isinstance(error, ComponentStoppedError)]
    return [*own] or [result.error or exception]


def _names(errors: Iterable[type[BaseException] | str]) -> frozenset[str]:
    return frozenset(
        error if isinstance(error, str) else f"{error.__module__}.{error.__qualname__}" for error in errors
    )
