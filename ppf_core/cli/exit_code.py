"""Exit codes of `ppf`."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppf_core.runner import PipelineResult

__all__ = ["ExitCode", "exit_code_of"]


class ExitCode(IntEnum):
    """Exit code of a command; 128 and more are the shell's convention for a process that a signal ended."""

    SUCCESS = 0
    FAILURE = 1
    BAD_INPUT = 2
    PARTIAL_SUCCESS = 3
    INTERRUPTED = 130
    TERMINATED = 143


def exit_code_of(result: PipelineResult) -> ExitCode:
    """Return the exit code of a finished run."""
    if result.validation_errors:
        return ExitCode.BAD_INPUT
    return ExitCode[result.status.name]
