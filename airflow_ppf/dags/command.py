"""`ppf dags`: what there is to do with the DAGs of pipeline files without Airflow running."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads the annotations of commands at run time
from typing import Annotated

import typer

from ppf_core.cli.options import AsJson  # noqa: TC001 - as above

__all__ = ["app"]

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
    as_json: AsJson = False,
) -> int:
    """Check all pipeline files of a folder, and the DAGs that they become, for a CI job.

    All problems of all files are told at once, one a line, as FILE:LINE: PATH: what was expected and what is there:
    those that `ppf validate` finds, and those of the airflow block, its schedule, class paths, and ids that two files
    have. Each DAG is made and serialized as Airflow does. No scheduler and no database is needed, and no Spark.
    Exit code 2 if any file is wrong.
    """
    from airflow_ppf.dags.check import check_dags
    from ppf_core.cli.checked_files import tell_of_checked
    from ppf_core.cli.json_document import stdout_to_stderr

    with stdout_to_stderr():  # importing a module may print
        checked = check_dags(folder, dags_folder)
    return tell_of_checked(checked, as_json=as_json)
