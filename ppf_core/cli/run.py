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
            help="What the run is called in its checkpoint, the same in each of its tries. "
            "By default a new id, if there is a place for checkpoints.",
            show_default=False,
        ),
    ] = None,
    resume: Annotated[
        bool | None,
        typer.Option(
            "--resume/--fresh",
            help="Go on after the run's checkpoint, which must exist, or start afresh and replace it. "
            "By default: go on if there is one.",
            show_default=False,
        ),
    ] = None,
    checkpoint_dir: CheckpointDir = None,
    no_checkpoint: Annotated[
        bool, typer.Option("--no-checkpoint", help="Keep no checkpoint, whatever the file says.")
    ] = False,
    fail_fast: Annotated[
        bool | None,
        typer.Option(
            "--fail-fast/--no-fail-fast",
            help="Whether the first failure ends the run, or what does not depend on it still runs. "
            "By default as execution.fail_fast in the file says.",
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
            "given several times. VALUE is JSON (10, true), else text.",
            show_default=False,
        ),
    ] = None,
    part: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The part of the pipeline that the run is for, and what other runs have handed over to it: the JSON "
            "file that a task of single components sends along when it is submitted.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a report of the run there, one HTML page. By default where hooks.report.path in the file says.",
            show_default=False,
        ),
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="A folder, or an address that fsspec knows, in which the file status.json tells how far the run is, "
            "for those who wait for it elsewhere.",
            show_default=False,
        ),
    ] = None,
    try_details: Annotated[
        list[str] | None,
        typer.Option(
            "--try-detail",
            metavar="KEY=VALUE",
            help="What the checkpoint's history says of this try besides; may be given several times.",
            show_default=False,
        ),
    ] = None,
    log_level: Annotated[
        LogLevel, typer.Option(help="What of the log is shown, on standard error.")
    ] = LogLevel.WARNING,
    as_json: AsJson = False,
) -> int:
    """Run a pipeline, and show how it goes.

    With a place for checkpoints (--checkpoint-dir, or checkpoint.root in the file) a run that failed, was interrupted
    or was killed goes on where it stopped; the command that does so is printed. Component classes are also looked for
    beside FILE. A part of the pipeline can be selected; what is left out runs only if its views are read, and no sink
    does.
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
