"""`ppf plan`."""

from __future__ import annotations

from typing import Annotated

import typer

from .exit_code import ExitCode
from .options import AsJson, CheckpointDir, Exclude, Force, From, PipelineFile, Select, Until

__all__ = ["plan"]


def plan(
    file: PipelineFile,
    run_id: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="Plan the next try of this run, from its checkpoint.", show_default=False
        ),
    ] = None,
    checkpoint_dir: CheckpointDir = None,
    select: Select = None,
    exclude: Exclude = None,
    from_: From = None,
    until: Until = None,
    force: Force = None,
    as_json: AsJson = False,
) -> int:
    """Show which components `ppf run` would run, restore, replay and skip, and why.

    Without --run-id the plan is that of a new run. Nothing runs, and Spark is not started.
    """
    from ppf_core.console import stdout_to_stderr
    from ppf_core.runner import Action, RunOptions, SimplePipelineRunner, classes_beside
    from ppf_core.secrets import SecretsResolver

    from .checkpoint_place import checkpoint_store, handover_root
    from .json_document import write_document
    from .pipeline_file import read_checked
    from .selection_options import selected_by

    selection = selected_by(select, exclude, from_, until, force, run_is_known=run_id is not None)
    with stdout_to_stderr(), classes_beside(file):
        config = read_checked(file)
        store = checkpoint_store(checkpoint_dir, config) if run_id else None
        if run_id and store is None:
            raise typer.BadParameter(
                "needs its checkpoint: --checkpoint-dir DIR, or checkpoint.root in the file",
                param_hint="--run-id",
            )
        known = store is not None and run_id is not None and store.exists(run_id, config.name)
        # A plan needs no secrets, so that the providers of the pipeline are not made for it.
        runner = SimplePipelineRunner(
            config,
            options=RunOptions(
                run_id=run_id,
                checkpoint_store=store,
                secrets=SecretsResolver(),
                handover_root=handover_root(config, store),
                selection=selection,
            ),
        )
        planned = runner.plan(resume=known)
    if as_json:
        steps = [
            {
                "component": step.component.name,
                "action": step.action.value,
                "reason": step.reason,
                "skip_reason": step.skip.reason if step.skip and step.action is Action.SKIP else None,
            }
            for step in planned.steps
        ]
        write_document({"pipeline": config.name, "run_id": run_id, "checkpoint": known, "steps": steps})
        return ExitCode.SUCCESS
    if run_id and not known:
        typer.echo(f"there is no checkpoint of run {run_id!r}: it would be a new run")
    width = max((len(step.component.name) for step in planned.steps), default=0)
    for step in planned.steps:
        typer.echo(f"{step.action.value:<7}  {step.component.name:<{width}}  {step.reason}")
    return ExitCode.SUCCESS
