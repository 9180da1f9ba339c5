"""`ppf run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .log_output import LogLevel
from .options import AsJson, CheckpointDir, Exclude, Force, From, PipelineFile, Select, Until

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]


def run(
    file: PipelineFile,
    run_id: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="The id of the run, the same in each of its tries. By default a new id, if there is a checkpoint.root "
            "or --checkpoint-dir.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        bool | None,
        typer.Option(
            "--resume/--fresh",
            help="Resume from the run's checkpoint, which must exist, or start afresh and replace it. "
            "By default: resume if there is one.",
            show_default=False,
        ),
    ] = None,
    checkpoint_dir: CheckpointDir = None,
    no_checkpoint: Annotated[
        bool,
        typer.Option("--no-checkpoint", help="Keep no checkpoint, even if the file sets checkpoint.root."),
    ] = False,
    fail_fast: Annotated[
        bool | None,
        typer.Option(
            "--fail-fast/--no-fail-fast",
            help="Whether the first failure ends the run, or components that do not depend on it still run. "
            "By default the file's execution.fail_fast.",
            show_default=False,
        ),
    ] = None,
    select: Select = None,
    exclude: Exclude = None,
    from_: From = None,
    until: Until = None,
    force: Force = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Change a setting for this run, such as components.NAME.config.KEY or execution.max_parallel; may be "
            "repeated. VALUE is JSON (10, true), else text.",
            show_default=False,
        ),
    ] = None,
    part: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The part of the pipeline to run and the hand-overs of other runs: the JSON file that a submitted "
            "task of single components passes to its driver.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the run report to this file, one HTML page. By default the file's hooks.report.path.",
            show_default=False,
        ),
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep the progress of the run in the file status.json in this folder (or address for fsspec), for a "
            "process elsewhere that waits for the run.",
            show_default=False,
        ),
    ] = None,
    try_details: Annotated[
        list[str] | None,
        typer.Option(
            "--try-detail",
            metavar="KEY=VALUE",
            help="A detail of this try for the checkpoint's history; may be repeated.",
            show_default=False,
        ),
    ] = None,
    log_level: Annotated[
        LogLevel, typer.Option(help="Lowest level of log records on standard error.")
    ] = LogLevel.WARNING,
    as_json: AsJson = False,
) -> int:
    """Run a pipeline, and show its progress.

    With checkpoints (--checkpoint-dir, or checkpoint.root in the file) a run that failed, was interrupted or was killed
    can be resumed; the command for that is printed. Component classes are also looked for beside FILE. A part of the
    pipeline can be selected; a component outside of it runs only if its views are read, and never if it is a sink.
    """
    from .pipeline_run import RunRequest, run_pipeline
    from .selection_options import selected_by

    if no_checkpoint and (run_id is not None or checkpoint_dir is not None or resume is not None):
        raise typer.BadParameter(
            "contradicts --run-id, --checkpoint-dir, --resume and --fresh", param_hint="--no-checkpoint"
        )
    if part is not None and any((select, exclude, from_, until, force)):
        raise typer.BadParameter(
            "contradicts --select, --exclude, --from, --until and --force", param_hint="--part"
        )
    return run_pipeline(
        RunRequest(
            file=file,
            run_id=run_id,
            resume=resume,
            checkpoint_dir=checkpoint_dir,
            with_checkpoint=not no_checkpoint,
            fail_fast=fail_fast,
            selection=selected_by(
                select,
                exclude,
                from_,
                until,
                force,
                run_is_known=run_id is not None and resume is not False,
            ),
            assignments=tuple(assignments or ()),
            part=part,
            report=report,
            status=status,
            try_details=_details(try_details or ()),
            log_level=log_level,
            as_json=as_json,
        )
    )


def _details(assignments: Sequence[str]) -> dict[str, str]:
    details = {}
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"expected KEY=VALUE, got {assignment}", param_hint="--try-detail")
        details[key] = value
    return details
