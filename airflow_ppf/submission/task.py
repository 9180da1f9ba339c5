"""Try of a task whose pipeline runs in a submitted driver."""

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
    """Try of a task that submits a driver, or waits for the driver of an earlier try that is still running.

    Args:
        config: The pipeline with the connection's settings.
        context: The task's context.
        log: The task's log.
        connection: The Airflow connection, if there is one.

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
        """Summary of this try, once it has ended."""
        self._submitter = Submitter(
            f"{root}/{_FOLDER}/{run_id}", context["task_state_store"], log, connection
        )

    def execute(
        self, *, resume: bool, selection: Selection | PartialRun, on_quality_failure: str
    ) -> SubmittedOutcome:
        """Run the pipeline to its end, and return the outcome if it succeeded.

        Args:
            resume: Whether a retry may resume the run of the previous try.
            selection: The part of the pipeline to run.
            on_quality_failure: The action if a quality check ends the run, as in the operator.

        Raises:
            AirflowFailException: another try would fail in the same way.
            SubmittedRunError: the run failed, or the driver stopped reporting its status.
            HandOverDamagedError: a hand-over of another task cannot be used.
            SupervisorLostError: the task's supervisor has ended; the driver continues.
            ConfigError: the Spark provider is not installed, or Python code to ship cannot be found.
        """
        # In a worker thread, so that the main thread can check whether the task is still supervised.
        outcome = run_interruptibly(
            lambda: self._outcome(resume, selection), self.stop, look=self._supervision_check()
        )
        summary = self.summary = outcome.summary(self.task_try.identity.try_number)
        self._log.info("Summary of this try", ppf_summary=summary)
        if outcome.succeeded:
            self._submitter.forget()
            return outcome
        try:
            self._task_instance.xcom_push("ppf_summary", summary)
        except Exception as error:  # noqa: BLE001 - the task may have been superseded; the run's failure matters more
            self._log.warning("The summary could not be stored as XCom: %s", error)
        failure = outcome.error()
        no_retry = outcome.failed_quality and on_quality_failure == QualityFailureAction.FAIL.value
        if outcome.is_bad_input or no_retry:
            raise AirflowFailException(str(failure)) from failure
        raise failure

    def completed(self) -> CompletedComponents:
        """Return the components that the driver has completed, from its checkpoint."""
        # Not from the try's own store, which has cached the checkpoint from before the driver's run.
        return load_checkpoint_for_resume(self._store, self.task_try.identity.run_id, self._config)

    def stop(self, reason: str) -> None:
        """Stop the driver."""
        self._submitter.stop(reason)

    def _supervision_check(self) -> Callable[[], None]:
        check_supervisor = supervision()

        def check() -> None:
            try:
                check_supervisor()
            except SupervisorLostError:
                self._submitter.leave()
                raise

        return check

    def _outcome(self, resume: bool, selection: Selection | PartialRun) -> SubmittedOutcome:
        application = Application(
            config=self._config,
            run_id=self.task_try.identity.run_id,
            resume=False,
            try_details=self.task_try.try_details(),
            selection=selection,
        )
        if (status := self._submitter.left_over(application.inputs)) is not None:
            self._log.info(
                "The driver that an earlier try submitted %s",
                "is still running: waiting for its end" if status.outcome is None else "has succeeded",
            )
            if (outcome := self._submitter.attend(status)) is not None:
                return outcome
        resumes = self.task_try.decide_to_resume(self._config, allowed=resume)
        return self._submitter.submit(replace(application, resume=resumes))


def refuse_arguments(
    *, checkpoint_store: str | None, hooks: Sequence[object], shared_session: bool = False
) -> None:
    """Refuse arguments that a submitted driver does not support.

    Raises:
        ConfigError: such an argument has a value; it lists all of them.
    """
    problems = []
    if shared_session:
        problems.append(Problem("shared_session", NO_DRIVER))
    if checkpoint_store not in (None, TASK_STATE):
        message = "expected none together with submit, which stores checkpoints under checkpoint.root"
        problems.append(Problem("checkpoint_store", f"{message}; got {checkpoint_store}"))
    if hooks:
        message = "expected none together with submit: name the classes in the pipeline, under hooks.custom"
        problems.append(Problem("hooks", f"{message}; got {len(hooks)}"))
    if problems:
        raise ConfigError(problems)
