"""The command `ppf dags`, which checks the DAGs of pipeline files without a running Airflow."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations of commands at run time
from typing import Annotated

import typer

__all__ = ["app"]

_BAD_INPUT = 2
"""The exit code of `ppf` for wrong files."""

app = typer.Typer(no_args_is_help=True, help="Check the DAGs of pipeline files.")


@app.callback()
def _dags() -> None:
    """Keep the command's name, which typer drops if there is only one command."""


@app.command()
def validate(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="The folder that pipeline_dags() is called with.", show_default=False
        ),
    ],
    dags_folder: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="The folder that Airflow has in its path, for classes (default: the parent of FOLDER).",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,
) -> int:
    """Check all pipeline files of a folder and their DAGs, for a CI job.

    Prints all problems of all files, one a line, as FILE:LINE: PATH: expected ..., got .... These are the problems
    that `ppf validate` finds and those of the airflow block, its schedule, its class paths, and DAG ids that two
    files share. Each DAG is built and serialized as Airflow does, without a scheduler, a database or Spark. The exit
    code is 2 if any file is wrong.
    """
    from airflow_ppf.dags.check import check_dags
    from ppf_core.console import stdout_to_stderr
    from ppf_core.runner import check_report

    with stdout_to_stderr():  # importing a module may print
        checked = check_dags(folder, dags_folder)
    typer.echo(check_report(checked, as_json=as_json))
    return _BAD_INPUT if any(result.errors for result in checked) else 0
