"""Entry point of `ppf`: runs a command and returns its exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer

from ppf_core.errors import PpfError

from .application import app
from .exit_code import ExitCode
from .termination import Terminated

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

# BadParameter, UsageError, ClickException: some versions of typer bring a click of their own, others import it, so
# there is no one name to import these by.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
_CLICK_ERROR: type[Exception] = typer.BadParameter.__mro__[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `ppf` with `arguments`, by default those of the process, and return the exit code.

    Errors of `ppf_core` become a message. Any other exception is a bug, ours or that of a component outside a run, and
    keeps its traceback.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = int(app(given, prog_name="ppf", standalone_mode=False) or ExitCode.SUCCESS)
        sys.stdout.flush()
    except PpfError as error:
        return _report(error, as_json="--json" in given)
    except _CLICK_ERROR as error:
        return _report_usage(error)
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED  # before the run began, or a second time: there is nothing to report
    except Terminated:
        return ExitCode.TERMINATED
    except BrokenPipeError:
        # The reader of our output (`ppf graph FILE | head`) has closed the pipe; Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILURE
    return code


def _report(error: PpfError, *, as_json: bool) -> ExitCode:
    from .failure_report import exit_code_of_error, failure_document

    code = exit_code_of_error(error)
    print(error, file=sys.stderr)  # noqa: T201 - a command reports errors on standard error
    if as_json:
        from .json_document import write_document

        write_document(failure_document(error, code))
    return code


def _report_usage(error: BaseException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "ppf"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    if type(error).__name__ != "NoArgsIsHelpError":  # whose message is the help itself
        message = f"{command}: {message} (see {command} --help)"
    print(message, file=sys.stderr)  # noqa: T201 - as above
    return ExitCode.BAD_INPUT if isinstance(error, _USAGE_ERROR) else ExitCode.FAILURE
