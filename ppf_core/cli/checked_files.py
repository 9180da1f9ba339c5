"""Tells what is wrong with files that were checked."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from .exit_code import ExitCode
from .json_document import write_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .pipeline_file import CheckedFile

__all__ = ["tell_of_checked"]


def tell_of_checked(checked: Sequence[CheckedFile], *, as_json: bool) -> ExitCode:
    """One line for each problem and each file without one, or one document; exit code 2 if any is wrong."""
    if as_json:
        write_document(
            {
                "files": [
                    {
                        "file": str(result.file),
                        "valid": not result.errors,
                        "errors": [asdict(problem) for problem in result.errors],
                        "warnings": [asdict(problem) for problem in result.warnings],
                    }
                    for result in checked
                ]
            }
        )
    else:
        for result in checked:
            for error in result.errors:
                typer.echo(str(error))
            for warning in result.warnings:
                typer.echo(f"{warning} (warning)")
            if not result.errors:
                count = len(result.config.components) if result.config else 0
                typer.echo(f"{result.file}: valid, {count} components")
    return ExitCode.BAD_INPUT if any(result.errors for result in checked) else ExitCode.SUCCESS
