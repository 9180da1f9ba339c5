"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["AsJson", "CheckpointDir", "OptionalPipelineFile", "PipelineFile"]

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
        help="The folder that checkpoints are in, instead of the file's checkpoint.root.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
