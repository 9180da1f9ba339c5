"""One try of a task whose pipeline runs in a driver of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

from airflow_ppf.checkpoint import TASK_STATE, dag_run_mark
from airflow_ppf.pipeline_file.connect_server import NO_DRIVER
from airflow_ppf.pipeline_file.quality_failure import QualityFailureAction
from airflow_ppf.task.identity import TaskIdentity
from airflow_ppf.task.supervision import SupervisorLostError, supervision
from airflow_ppf.task.task_try import TaskTry
from ppf_core.config import ConfigError, Problem
from ppf_core.runner import (
    CachedCheckpointStore,
    checkpoint_store_at,
    directory_name,
    load_checkpoint_for_resume,
    run_interruptibly,
)

from .application import Application, submission_problems
from .submitter import Submitter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow.sdk import Connection, Context

    from ppf_core.config import PipelineConfig
    from ppf_core.runner import CompletedComponents, PartialRun, Selection

    from .outcome import SubmittedOutcome

__all__ = ["SubmittedTask", "refuse_arguments"]

_FOLDER = "submitted"


class SubmittedTask:
    """Submits what no earlier try has completed, or waits for the driver of an earlier try that is still at it.

    Args:
        config: The pipeline, where the connection has it run.
        context: Airflow's context of the task.
        log: The task's log.
        connection: The connection as Airflow has it, if there is one.

    Raises:
        ConfigError: the pipeline cannot be submitted.
    """

    def __init__(
        self, config: PipelineConfig, context: Context, log: Any, connection: Connection | None
    ) -> None:
        if problems := list(submission_problems(config)):
            raise ConfigError(problems)
        identity = TaskIdentity.of(context)
        root = str(config.checkpoint.root).rstrip("/")
        run_id = directory_name(*identity.scope, identity.run_id)
        self._config = config
        self._task_instance = context["ti"]
        self._log = log
        self._store = checkpoint_store_at(root)
        self.task_try = TaskTry(
            identity=replace(identity, run_id=run_id),
            store=CachedCheckpointStore(self._store),
            conf=getattr(context.get("dag_run"), "conf", None) or {},
            log=log,
            mark=dag_run_mark(context["task_state_store"]),
        )
        self.summary: dict[str, Any] = {}
        """Of this try, once it is over."""
        self._submitter = Submitter(
            f"{root}/{_FOLDER}/{run_id}", context["task_state_store"], log, connection
        )

    def execute(
        self, *, resume: bool, selection: Selection | PartialRun, on_quality_failure: str
    ) -> SubmittedOutcome:
        """Run it to its end, and tell what became of it, if that is success.

        Args:
            resume: Whether a retry may go on where the try before it stopped.
            selection: Which part of the pipeline the run is for.
            on_quality_failure: As for the operator.

        Raises:
            AirflowFailException: another try would fail in the same way.
            SubmittedRunError: it failed, or the driver fell silent.
            HandOverDamagedError: what other tasks have handed over cannot be used.
            SupervisorLostError: the process that Airflow has supervise the task has ended. The driver goes on.
            ConfigError: the Spark provider is not installed, or code that is to go along cannot be found.
        """
        # In a thread, so that this one can look meanwhile whether the task is still supervised.
        outcome = run_interruptibly(
            lambda: self._outcome(resume, selection), self.stop, look=self._leaving_with_the_supervisor()
        )
        summary = self.summary = outcome.summary(self.task_try.identity.try_number)
        self._log.info("Summary of this try", ppf_summary=summary)
        if outcome.succeeded:
            self._submitter.forget()
            return outcome
        try:
            self._task_instance.xcom_push("ppf_summary", summary)
        except Exception as error:  # noqa: BLE001 - Airflow may have taken the task away; the failure matters more
            self._log.warning("The summary could not be kept as XCom: %s", error)
        failure = outcome.error()
        no_retry = outcome.failed_quality and on_quality_failure == QualityFailureAction.FAIL.value
        if outcome.is_bad_input or no_retry:
            raise AirflowFailException(str(failure)) from failure
        raise failure

    def completed(self) -> CompletedComponents:
        """Return what the driver has completed, as its checkpoint records it."""
        # Not from the try's own store, which remembers the checkpoint from before the driver's run.
        return load_checkpoint_for_resume(self._store, self.task_try.identity.run_id, self._config)

    def stop(self, reason: str) -> None:
        """Stop the run, wherever it is."""
        self._submitter.stop(reason)

    def _leaving_with_the_supervisor(self) -> Callable[[], None]:
        look = supervision()

        def leaving() -> None:
            try:
                look()
            except SupervisorLostError:
                self._submitter.leave()
                raise

        return leaving

    def _outcome(self, resume: bool, selection: Selection | PartialRun) -> SubmittedOutcome:
        application = Application(
            config=self._config,
            run_id=self.task_try.identity.run_id,
            resume=False,
            try_details=self.task_try.try_details(),
            selection=selection,
        )
        if (left := self._submitter.left_over(application.inputs)) is not None:
            self._log.info(
                "The driver that an earlier try has submitted %s",
                "is still at work: waiting for its end"
                if left.outcome is None
                else "has succeeded meanwhile",
            )
            if (outcome := self._submitter.attend(left)) is not None:
                return outcome
        resumes = self.task_try.decide_to_resume(self._config, allowed=resume)
        return self._submitter.submit(replace(application, resume=resumes))


def refuse_arguments(
    *, checkpoint_store: str | None, hooks: Sequence[object], shared_session: bool = False
) -> None:
    """Refuse what has no meaning for a driver of its own.

    Raises:
        ConfigError: there is such an argument.
    """
    problems = []
    if shared_session:
        problems.append(Problem("shared_session", NO_DRIVER))
    if checkpoint_store not in (None, TASK_STATE):
        message = "expected none together with submit, with which checkpoints are under checkpoint.root"
        problems.append(Problem("checkpoint_store", f"{message}; got {checkpoint_store}"))
    if hooks:
        message = "expected none together with submit: name the classes in the pipeline, under hooks.custom"
        problems.append(Problem("hooks", f"{message}; got {len(hooks)}"))
    if problems:
        raise ConfigError(problems)
