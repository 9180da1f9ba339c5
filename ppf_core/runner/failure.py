"""A failed run as an exception."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.errors import PpfError

if TYPE_CHECKING:
    from .result import PipelineResult

__all__ = ["PipelineFailedError"]


class PipelineFailedError(PpfError):
    """A pipeline did not succeed; `result` tells all, `cause` is the first error."""

    def __init__(self, result: PipelineResult) -> None:
        self.result = result
        failed = result.failed_components
        self.cause: BaseException | None = failed[0][1] if failed else result.error
        super().__init__(_in_words(result))


def _in_words(result: PipelineResult) -> str:
    name = f"pipeline {result.pipeline_name!r}"
    if result.validation_errors:
        return "\n".join([f"{name} is wrong, nothing was run:", *result.validation_errors])
    if failed := result.failed_components:
        told = "; ".join(f"{component}: {type(error).__name__}: {error}" for component, error in failed)
        return f"{name}: {told}"
    return f"{name}: {type(result.error).__name__}: {result.error}"
