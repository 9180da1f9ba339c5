"""`ppf dags`: what there is to do with the DAGs of pipeline files without Airflow running."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations of commands at run time
from typing import Annotated

import typer

__all__ = ["app"]

_BAD_INPUT = 2
"""The exit code of `ppf` for wrong files."""

app = typer.Typer(no_args_is_help=True, help="Check the DAGs that pipeline files become.")


@app.callback()
def _dags() -> None:
    """Keep the command's name: typer drops it where there is only one."""


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
            help="What Airflow has in its path, for classes. By default the folder that FOLDER is in.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")] = False,
) -> int:
    """Check all pipeline files of a folder, and the DAGs that they become, for a CI job.

    All problems of all files are told at once, one a line, as FILE:LINE: PATH: what was expected and what is there:
    those that `ppf validate` finds, and those of the airflow block, its schedule, class paths, and ids that two files
    have. Each DAG is made and serialized as Airflow does. No scheduler and no database is needed, and no Spark.
    Exit code 2 if any file is wrong.
    """
    from airflow_ppf.dags.check import check_dags
    from ppf_core.console import stdout_to_stderr
    from ppf_core.runner import check_report

    with stdout_to_stderr():  # importing a module may print
        checked = check_dags(folder, dags_folder)
    typer.echo(check_report(checked, as_json=as_json))
    return _BAD_INPUT if any(result.errors for result in checked) else 0
