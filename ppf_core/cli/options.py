"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AsJson",
    "CheckpointDir",
    "Exclude",
    "Force",
    "From",
    "OptionalPipelineFile",
    "PipelineFile",
    "Select",
    "Until",
]

PipelineFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The pipeline file (HOCON).", show_default=False)
]
OptionalPipelineFile = Annotated[
    Path | None,
    typer.Argument(metavar="[FILE]", help="A pipeline file, for its checkpoint.root.", show_default=False),
]
CheckpointDir = Annotated[
    Path | None,
    typer.Option(
        "--checkpoint-dir",
        metavar="DIR",
        help="The folder of the checkpoints, instead of the file's checkpoint.root.",
        show_default=False,
    ),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="PATTERN",
        help="Only these components: a name, a glob (clean_*), NAME+ with everything downstream, +NAME with everything "
        "upstream. This option and the next four may be repeated.",
        show_default=False,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="PATTERN", help="Not these components.", show_default=False),
]
From = Annotated[
    list[str] | None,
    typer.Option(
        "--from",
        metavar="PATTERN",
        help="Only these components and everything downstream.",
        show_default=False,
    ),
]
Until = Annotated[
    list[str] | None,
    typer.Option(
        "--until",
        metavar="PATTERN",
        help="Only these components and everything upstream.",
        show_default=False,
    ),
]
Force = Annotated[
    list[str] | None,
    typer.Option(
        "--force",
        metavar="PATTERN",
        help="Run these components although the checkpoint has them as completed; needs --run-id.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
