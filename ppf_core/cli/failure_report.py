"""Exit code and JSON document of an error."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ppf_core.config import ClassPathError, ConfigError, UnknownComponentError
from ppf_core.runner import CheckpointError, CheckpointSupersededError, HandOverDamagedError
from ppf_core.secrets import SecretReferenceError

from .exit_code import ExitCode

if TYPE_CHECKING:
    from ppf_core.errors import PpfError

__all__ = ["exit_code_of_error", "failure_document"]

_BAD_INPUT = (ClassPathError, ConfigError, UnknownComponentError, CheckpointError, SecretReferenceError)


def exit_code_of_error(error: PpfError) -> ExitCode:
    """Return bad input if another file, option or checkpoint would help, else failure."""
    if isinstance(error, _BAD_INPUT) and not isinstance(error, CheckpointSupersededError):
        return ExitCode.BAD_INPUT
    return ExitCode.FAILURE


def failure_document(error: PpfError, code: ExitCode) -> dict[str, Any]:
    """Return the document that `--json` prints for a command that failed."""
    document: dict[str, Any] = {
        "exit_code": int(code),
        "error": {"type": type(error).__name__, "message": str(error)},
    }
    if isinstance(error, ConfigError):
        document["error"]["problems"] = [asdict(problem) for problem in error.problems]
    if isinstance(error, HandOverDamagedError):
        document["error"] |= {"component": error.component, "reason": error.reason}
    return document
