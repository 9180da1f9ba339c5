"""Exception for a failed run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.errors import PpfError

from .execution.cancellation import ComponentStoppedError

if TYPE_CHECKING:
    from .result import PipelineResult

__all__ = ["PipelineFailedError"]


class PipelineFailedError(PpfError):
    """Failure of a pipeline, with its `result`; `cause` is the first error that is not the consequence of another."""

    def __init__(self, result: PipelineResult) -> None:
        self.result = result
        failed = result.failed_components
        causes = [error for _, error in failed if not isinstance(error, ComponentStoppedError)]
        self.cause: BaseException | None = causes[0] if causes else result.error
        super().__init__(_message(result))


def _message(result: PipelineResult) -> str:
    name = f"pipeline {result.pipeline_name!r}"
    if result.validation_errors:
        return "\n".join([f"{name} is invalid, nothing was run:", *result.validation_errors])
    if failed := result.failed_components:
        errors = "; ".join(f"{component}: {type(error).__name__}: {error}" for component, error in failed)
        return f"{name}: {errors}"
    return f"{name}: {type(result.error).__name__}: {result.error}"
