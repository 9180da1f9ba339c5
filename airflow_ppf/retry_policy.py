"""Whether Airflow tries a failed pipeline again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import RetryDecision, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Context

    from airflow_ppf.task.error_table import Verdict

__all__ = ["PipelineRetryPolicy"]


class PipelineRetryPolicy(RetryPolicy):
    """Fails a task at once if another try could not succeed, and tries it again if it could.

    What is which says the table in `airflow_ppf.task.error_table` (docs/operator.md shows it); causes are looked at as
    well. Errors that are in no table are tried again as often as the task's `retries` say. Of several components
    that failed, one with a transient error is enough for another try, since that has less left to do.

    Args:
        permanent: Errors that are not worth a try besides, as classes or names (`Busy`, `my.module.Busy`); classes
            that derive from them count as well.
        transient: Errors that are, likewise. Both win over the table, and of the two `transient` does.
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
        """As `RetryPolicy`."""
        # Here and below: not needed to parse a DAG, for which each operator has a policy.
        from airflow_ppf.task.error_table import Verdict

        judged = [self._judge(error) for error in _failures(exception)]
        for verdict, reason in judged:
            if verdict is Verdict.TRANSIENT:
                return RetryDecision.retry(reason=reason)
        if all(verdict is Verdict.PERMANENT for verdict, _ in judged):
            return RetryDecision.fail(reason=judged[0][1])
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """As `RetryPolicy`: the errors that the user has named."""
        return {"permanent": sorted(self.permanent), "transient": sorted(self.transient)}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> PipelineRetryPolicy:
        """As `RetryPolicy`."""
        return cls(**data)

    def _judge(self, failure: BaseException | str) -> tuple[Verdict, str]:
        from airflow_ppf.task.error_table import Verdict, class_names, error_chain, verdict_on

        if isinstance(failure, str):
            return Verdict.PERMANENT, failure
        names = {name for error in error_chain(failure) for name in class_names(error)}
        told = f"{type(failure).__name__}: {failure}"
        for verdict, given in ((Verdict.TRANSIENT, self.transient), (Verdict.PERMANENT, self.permanent)):
            if not names.isdisjoint(given):
                return verdict, f"{verdict.value} as the task's retry policy says: {told}"
        row = verdict_on(failure)
        return (
            (Verdict.UNDECIDED, told)
            if row is None
            else (row.verdict, f"{row.verdict.value} ({row.why}): {told}")
        )


def _failures(exception: BaseException) -> list[BaseException | str]:
    """What a run failed of; a text where the pipeline was found wrong before anything ran."""
    from ppf_core.runner import ComponentStoppedError, PipelineFailedError

    if not isinstance(exception, PipelineFailedError):
        return [exception]
    result = exception.result
    if result.validation_errors:
        return ["permanent (the pipeline is wrong): " + "; ".join(result.validation_errors)]
    own = [error for _, error in result.failed_components if not isinstance(error, ComponentStoppedError)]
    return [*own] or [result.error or exception]


def _names(given: Iterable[type[BaseException] | str]) -> frozenset[str]:
    return frozenset(one if isinstance(one, str) else f"{one.__module__}.{one.__qualname__}" for one in given)
