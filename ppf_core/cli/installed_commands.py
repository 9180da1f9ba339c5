"""Subcommands of `ppf` from other installed packages.

A package adds a command with an entry point of the group `ppf.commands`: its name is the command's name, its object a
`typer.Typer` with the subcommands. It is imported when the command is called, and for the help of `ppf`.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["WithInstalledCommands"]


class WithInstalledCommands(TyperGroup):
    """Command group that lists the commands of installed packages after its own.

    A command that cannot be imported is omitted with a warning, so that the others still work.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Return all names, in the order of the help."""
        own = super().list_commands(ctx)
        return own + sorted(_installed().keys() - set(own))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of that name, or `None`."""
        if (own := super().get_command(ctx, cmd_name)) is not None:
            return own
        entry = _installed().get(cmd_name)
        return None if entry is None else _loaded(entry)


def _installed() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group="ppf.commands")}


def _loaded(entry: EntryPoint) -> Any:
    try:
        app: typer.Typer = entry.load()
    except Exception as error:  # noqa: BLE001 - importing someone else's code may raise anything
        print(f"warning: ppf {entry.name} is not available: {entry.value}: {error}", file=sys.stderr)  # noqa: T201 - where a command warns
        return None
    command = typer.main.get_command(app)
    command.name = entry.name
    return command
