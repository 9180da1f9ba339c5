"""`ppf validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .exit_code import ExitCode
from .options import AsJson

__all__ = ["validate"]


def validate(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Pipeline files (HOCON).", show_default=False)
    ],
    as_json: AsJson = False,
) -> int:
    """Check pipeline files without Spark and without running anything.

    All problems of all files are reported at once, one a line: FILE:LINE: PATH: what was expected, and what is there.
    The modules of the components are imported. Each component's settings are checked if its class can do so, and the
    columns that components declare to read are compared with those that others declare to make.
    Exit code 2 if any file is wrong; warnings alone leave it at 0.
    """
    from ppf_core.console import stdout_to_stderr
    from ppf_core.runner import check_file, check_report, classes_beside

    checked = []
    with stdout_to_stderr():  # importing a module may print
        for file in files:
            with classes_beside(file):
                checked.append(check_file(file))
    typer.echo(check_report(checked, as_json=as_json))
    return ExitCode.BAD_INPUT if any(result.errors for result in checked) else ExitCode.SUCCESS
