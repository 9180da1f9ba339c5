"""Run of a pipeline from the command line."""

from __future__ import annotations

import os
import shlex
import socket
import sys
import uuid
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from ppf_core.clock import utc_now
from ppf_core.config import ConfigError, Problem, ReportHooksConfig
from ppf_core.console import stdout_to_stderr
from ppf_core.runner import (
    CheckpointError,
    CompositeHooks,
    PartialRun,
    RunOptions,
    SimplePipelineRunner,
    assemble,
    classes_beside,
    run_interruptibly,
)
from ppf_core.secrets import SecretsResolver
from ppf_core.session import SparkSessionWrapper

from .checkpoint_place import checkpoint_store, handover_root
from .exit_code import ExitCode, exit_code_of
from .json_document import write_document
from .log_output import LogLevel, logging_to_stderr
from .pipeline_file import read_checked
from .plain_progress import PlainProgress
from .run_outcome import outcome_document, print_outcome
from .selection_options import selection_words
from .termination import Terminated, sigterm_raises

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from ppf_core.config import PipelineConfig
    from ppf_core.runner import PipelineResult, Selection

    from .checkpoint_place import Store
    from .progress import Progress
    from .status_folder import StatusFolder

__all__ = ["RunRequest", "run_pipeline"]

_GRACE_SECONDS = 10.0
"""Limit for an interrupted component to end; a second Ctrl-C does not wait."""

_PLAIN_WIDTH = 200
"""Columns where there is no terminal whose width to ask for."""


@dataclass(frozen=True)
class RunRequest:
    """Options of `ppf run`; `None` for options not given. With `resume=None` a run with a checkpoint resumes."""

    file: Path
    run_id: str | None
    resume: bool | None
    checkpoint_dir: Path | None
    with_checkpoint: bool
    fail_fast: bool | None
    selection: Selection
    assignments: tuple[str, ...]
    part: Path | None
    report: Path | None
    status: str | None
    try_details: dict[str, str]
    log_level: LogLevel
    as_json: bool

    def resume_command(self, run_id: str) -> str:
        """Return the command that resumes the run."""
        words = ["ppf", "run", str(self.file), "--run-id", run_id, "--resume"]
        if self.checkpoint_dir is not None:
            words += ["--checkpoint-dir", str(self.checkpoint_dir)]
        if self.fail_fast is not None:
            words.append("--fail-fast" if self.fail_fast else "--no-fail-fast")
        words += selection_words(self.selection)
        for assignment in self.assignments:
            words += ["--set", assignment]
        if self.part is not None:
            words += ["--part", str(self.part)]
        if self.report is not None:
            words += ["--report", str(self.report)]
        return shlex.join(words)


def run_pipeline(request: RunRequest) -> ExitCode:
    """Run the pipeline, and show its progress and outcome."""
    with ExitStack() as stack:
        stack.enter_context(stdout_to_stderr() if request.as_json else nullcontext())
        stack.enter_context(logging_to_stderr(request.log_level))
        stack.enter_context(classes_beside(request.file))
        stack.enter_context(sigterm_raises())
        status = _status(request, stack)
        config = _reporting(read_checked(request.file, request.assignments), request.report)
        request.selection.of_pipeline(config)  # errors in it come before the run gets an id
        store = checkpoint_store(request.checkpoint_dir, config) if request.with_checkpoint else None
        run_id = _run_id(request, store)
        resume = _resume(request, store, run_id, config.name)
        progress = _progress(request, config.name)
        if run_id is not None:
            typer.echo(f"{config.name}: run {run_id}{' resumes' if resume else ''}")
        code = _run(request, config, store, run_id, resume, progress, status)
        result = progress.result
        kept = store is not None and run_id is not None and store.exists(run_id, config.name)
        command = request.resume_command(run_id) if run_id and kept and code is not ExitCode.SUCCESS else None
        document = _document(result, config, code, run_id, command)
        if status is not None:
            status.end(document)
    if request.as_json:
        write_document(document)
        return code
    if result is not None:
        print_outcome(result, Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH, highlight=False))
    if code in (ExitCode.INTERRUPTED, ExitCode.TERMINATED):
        typer.echo(f"{config.name}: {code.name.lower()}")
    if command:
        typer.echo(f"resume it with: {command}")
    return code


def _part(file: Path) -> PartialRun:
    try:
        text = file.read_bytes()
    except OSError as error:
        raise ConfigError([Problem("--part", f"cannot read {file}: {error.strerror}")]) from error
    return PartialRun.from_json(text, str(file))


def _reporting(config: PipelineConfig, report: Path | None) -> PipelineConfig:
    if report is None:
        return config
    return replace(config, hooks=replace(config.hooks, report=ReportHooksConfig(str(report))))


def _run(
    request: RunRequest,
    config: PipelineConfig,
    store: Store | None,
    run_id: str | None,
    resume: bool,
    progress: Progress,
    status: StatusFolder | None,
) -> ExitCode:
    details = {
        **request.try_details,
        "host": socket.gethostname(),
        "process": str(os.getpid()),
        "started_by": "ppf run",
    }
    secrets = SecretsResolver.from_config(config.secrets)
    options = RunOptions(
        run_id=run_id,
        checkpoint_store=store,
        try_details=details,
        secrets=secrets,
        selection=request.selection,
        part=_part(request.part) if request.part is not None else None,
        handover_root=handover_root(config, store),
    )
    session = SparkSessionWrapper(
        config.spark, fair_scheduling=config.execution.max_parallel > 1, resolve=secrets.resolve
    )
    assembly = assemble(
        config,
        spark_wrapper=session,
        hooks=progress if status is None else CompositeHooks(progress, status),
        fail_fast=request.fail_fast,
        options=options,
        quiet_spark=True,
    )
    try:
        # read_checked has made the static checks, and its errors name file and line.
        runner = SimplePipelineRunner.assembled(assembly, validate_before_run=False)
        with progress:
            result = run_interruptibly(
                lambda: runner.run(resume=resume), runner.cancel, grace_seconds=_GRACE_SECONDS
            )
    except (KeyboardInterrupt, Terminated) as interruption:
        if progress.result is None and store is not None and run_id is not None:
            _mark_failed(store, run_id, config.name, details)
        return ExitCode.INTERRUPTED if isinstance(interruption, KeyboardInterrupt) else ExitCode.TERMINATED
    except SystemExit:
        # A component called sys.exit(): that ends the run, not the report of it.
        if progress.result is None:
            raise
        result = progress.result
    finally:
        assembly.close()
        session.stop()
    return exit_code_of(result)


def _run_id(request: RunRequest, store: Store | None) -> str | None:
    if request.run_id is not None and store is None:
        raise typer.BadParameter(
            "needs a place for the checkpoint: --checkpoint-dir DIR, or checkpoint.root in the file",
            param_hint="--run-id",
        )
    if request.run_id is None and request.resume:
        raise typer.BadParameter("needs --run-id, the run to resume", param_hint="--resume")
    if store is None:
        return None
    return request.run_id or f"{utc_now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"


def _resume(request: RunRequest, store: Store | None, run_id: str | None, pipeline_name: str) -> bool:
    if store is None or run_id is None or request.resume is False:
        return False
    known = store.exists(run_id, pipeline_name)
    if request.resume and not known:
        raise CheckpointError(
            f"there is no checkpoint of run {run_id!r} of pipeline {pipeline_name!r} in {store.address}; "
            f"ppf checkpoint list {_where(request)} shows what there is"
        )
    return known


def _where(request: RunRequest) -> str:
    if request.checkpoint_dir is None:
        return shlex.quote(str(request.file))
    return shlex.join(["--checkpoint-dir", str(request.checkpoint_dir)])


def _progress(request: RunRequest, pipeline_name: str) -> Progress:
    if request.as_json or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return PlainProgress(sys.stderr if request.as_json else sys.stdout)
    from .live_progress import LiveProgress

    return LiveProgress(pipeline_name)


def _status(request: RunRequest, stack: ExitStack) -> StatusFolder | None:
    if request.status is None:
        return None
    from .status_folder import StatusFolder

    try:
        return stack.enter_context(StatusFolder(request.status))
    except (ImportError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--status") from error


def _mark_failed(store: Store, run_id: str, pipeline_name: str, details: dict[str, str]) -> None:
    """Mark the checkpoint as failed if the component was too busy for the run to end properly."""
    state = store.load(run_id, pipeline_name)
    if state is not None and state.status == "in_progress" and state.tries[-1].details == details:
        state.status, state.updated_at = "failed", utc_now().isoformat()
        store.save(state)


def _document(
    result: PipelineResult | None,
    config: PipelineConfig,
    code: ExitCode,
    run_id: str | None,
    command: str | None,
) -> dict[str, Any]:
    if result is None:  # interrupted, and the component did not end in time
        return {
            "pipeline": config.name,
            "status": "failure",
            "exit_code": int(code),
            "run_id": run_id,
            "error": code.name.lower(),
            "resume_command": command,
        }
    return outcome_document(result, exit_code=int(code), run_id=run_id, resume_command=command)
