"""`ppf checkpoint list`, `show` and `delete`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .exit_code import ExitCode
from .options import AsJson, CheckpointDir, OptionalPipelineFile

if TYPE_CHECKING:
    from ppf_core.runner import CheckpointState

    from .stored_run import StoredRuns

__all__ = ["delete_checkpoint", "list_checkpoints", "show_checkpoint"]

RunId = Annotated[str, typer.Argument(metavar="RUN_ID", help="The run.", show_default=False)]
PipelineName = Annotated[
    str | None,
    typer.Option(
        "--pipeline",
        metavar="NAME",
        help="The pipeline, if several have a run of this id.",
        show_default=False,
    ),
]


def list_checkpoints(
    file: OptionalPipelineFile = None, checkpoint_dir: CheckpointDir = None, as_json: AsJson = False
) -> int:
    """List the stored checkpoints with their progress, or the reason why they cannot be read.

    With FILE only the runs of that pipeline are listed.
    """
    from .json_document import write_document

    stored = _stored(file, checkpoint_dir)
    runs = stored.all()
    if as_json:
        write_document({"folder": stored.address, "checkpoints": [run.summary() for run in runs]})
        return ExitCode.SUCCESS
    if not runs:
        typer.echo(f"no checkpoints in {stored.address}")
        return ExitCode.SUCCESS
    lines: list[tuple[str, ...]] = [("PIPELINE", "RUN", "STATUS", "COMPLETED", "FAILED", "TRIES", "UPDATED")]
    lines += [run.line() for run in runs if run.state]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines if len(lines) > 1 else ():
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    for run in runs:
        if run.reason is not None:
            typer.echo(f"unreadable: {run.path}: {run.reason}")
    return ExitCode.SUCCESS


def show_checkpoint(
    run_id: RunId,
    file: OptionalPipelineFile = None,
    checkpoint_dir: CheckpointDir = None,
    pipeline: PipelineName = None,
    as_json: AsJson = False,
) -> int:
    """Show one checkpoint: completed components with their views and counts, the failed component, and each try."""
    from ppf_core.runner import CheckpointUnreadableError

    from .json_document import write_document

    run = _stored(file, checkpoint_dir).run(run_id, pipeline)
    if run.state is None:
        raise CheckpointUnreadableError(run.path, run.reason or "")
    if as_json:
        write_document({"path": run.path, **run.state.to_dict()})
    else:
        typer.echo("\n".join(_described(run.path, run.state)))
    return ExitCode.SUCCESS


def delete_checkpoint(
    run_id: RunId,
    file: OptionalPipelineFile = None,
    checkpoint_dir: CheckpointDir = None,
    pipeline: PipelineName = None,
    as_json: AsJson = False,
) -> int:
    """Delete one checkpoint, readable or not, with the views that were materialised beside it.

    The run's next try then starts afresh.
    """
    from .json_document import write_document

    stored = _stored(file, checkpoint_dir)
    run = stored.run(run_id, pipeline)
    stored.delete(run)
    if as_json:
        write_document({"deleted": run.path})
    else:
        typer.echo(f"deleted {run.path}")
    return ExitCode.SUCCESS


def _stored(file: Path | None, folder: Path | None) -> StoredRuns:
    from ppf_core.config import PipelineConfig, load_from_file

    from .checkpoint_place import checkpoint_store
    from .stored_run import StoredRuns

    config = load_from_file(file, PipelineConfig) if file is not None else None
    store = checkpoint_store(folder, config)
    if store is None:
        raise typer.BadParameter(
            f"{file} has no checkpoint.root; say where its checkpoints are"
            if file
            else "or a pipeline FILE is needed",
            param_hint="--checkpoint-dir",
        )
    if folder is not None and not folder.is_dir():
        raise typer.BadParameter(f"there is no folder {folder}", param_hint="--checkpoint-dir")
    return StoredRuns(store, config.name if config is not None else None)


def _described(path: str, state: CheckpointState) -> list[str]:
    facts: list[tuple[str, Any]] = [
        ("pipeline", state.pipeline_name),
        ("run", state.run_id),
        ("status", state.status),
        ("created", state.created_at),
        ("updated", state.updated_at),
        ("file", path),
        ("failed", state.failed_component or "-"),
        ("completed", len(state.completed_components) or "-"),
    ]
    lines = [f"{name:<10} {value}" for name, value in facts]
    for name in state.completed_components:
        record = state.completed.record(name)
        views = ", ".join(record.views)
        lines.append(f"{'':<10}   {name}{f' (views: {views})' if views else ''}")
        lines += [f"{'':<10}     wrote {count}" for count in record.counts]
    lines.append(f"{'tries':<10} {len(state.tries) or '-'}")
    for entry in state.tries:
        details = ", ".join(f"{key} {value}" for key, value in entry.details.items())
        lines.append(f"{'':<10}   {entry.started_at}{f'  {details}' if details else ''}")
    return lines
