"""What `ppf` tells the shell."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppf_core.runner import PipelineResult

__all__ = ["ExitCode", "exit_code_of"]


class ExitCode(IntEnum):
    """128 and more are the shell's own convention for what a signal ended."""

    SUCCESS = 0
    FAILURE = 1
    BAD_INPUT = 2
    PARTIAL_SUCCESS = 3
    INTERRUPTED = 130
    TERMINATED = 143


def exit_code_of(result: PipelineResult) -> ExitCode:
    """How a finished run ended."""
    if result.validation_errors:
        return ExitCode.BAD_INPUT
    return {
        "success": ExitCode.SUCCESS,
        "partial_success": ExitCode.PARTIAL_SUCCESS,
        "failure": ExitCode.FAILURE,
    }[result.status.value]
