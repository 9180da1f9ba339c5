"""The `ppf` command: subcommands, help and version."""

from __future__ import annotations

from typing import Annotated

import typer

from .checkpoint import delete_checkpoint, list_checkpoints, show_checkpoint
from .graph import graph
from .installed_commands import WithInstalledCommands
from .plan import plan
from .run import run
from .schema import schema
from .validate import validate

__all__ = ["app"]

app = typer.Typer(
    name="ppf",
    cls=WithInstalledCommands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # it would show local variables, in which there may be secrets
    epilog="Exit codes: 0 success, 1 failure, 2 bad input, 3 partial success; 130 after Ctrl-C, 143 after SIGTERM. "
    "Each command but schema, which prints JSON anyway, takes --json: one JSON document on standard output, everything "
    "else on standard error.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        import ppf_core

        typer.echo(f"ppf {ppf_core.__version__}")
        raise typer.Exit


@app.callback()
def ppf(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Run pipelines of Spark components that are described in HOCON files."""


for _command in (run, validate, plan, graph, schema):  # the order in which the help lists them
    app.command()(_command)

_checkpoints = typer.Typer(no_args_is_help=True, help="Look at the checkpoints of runs, or delete them.")
_checkpoints.command("list")(list_checkpoints)
_checkpoints.command("show")(show_checkpoint)
_checkpoints.command("delete")(delete_checkpoint)
app.add_typer(_checkpoints, name="checkpoint")
