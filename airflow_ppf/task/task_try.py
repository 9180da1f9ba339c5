"""Try of a task instance: its identity, its checkpoint store, and whether it resumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_ppf.checkpoint import TASK_STATE, choose_checkpoint_store, dag_run_mark
from airflow_ppf.task.identity import TaskIdentity
from ppf_core.runner import CachedCheckpointStore, RunOptions

if TYPE_CHECKING:
    from airflow.sdk import Context

    from ppf_core.config import PipelineConfig
    from ppf_core.runner import CheckpointState

__all__ = ["TaskTry"]


@dataclass(frozen=True)
class TaskTry:
    """Try of a task instance.

    `conf` is the conf of the DAG run. `mark` distinguishes the DAG run from a deleted run with the same id, for stores
    that keep the checkpoints of deleted runs.
    """

    identity: TaskIdentity
    store: CachedCheckpointStore
    conf: Mapping[str, Any]
    log: Any
    mark: str | None = None

    @classmethod
    def of(cls, context: Context, log: Any, checkpoint_store: str = TASK_STATE) -> TaskTry:
        """Return the try of the task that runs in `context`.

        Raises:
            ConfigError: `checkpoint_store` is not a location for checkpoints.
        """
        dag_run = context.get("dag_run")
        conf = getattr(dag_run, "conf", None) or {}
        identity, accessor = TaskIdentity.of(context), context["task_state_store"]
        store = choose_checkpoint_store(checkpoint_store, accessor, identity.scope)
        mark = None if checkpoint_store == TASK_STATE else dag_run_mark(accessor)
        return cls(identity, CachedCheckpointStore(store), conf, log, mark)

    def options(self) -> RunOptions:
        """Return the run's identity and store; only the try's details differ between tries."""
        return RunOptions(
            run_id=self.identity.run_id,
            scope=self.identity.scope,
            checkpoint_store=self.store,
            try_details=self.try_details(),
        )

    def try_details(self) -> dict[str, str]:
        """Return this try's entries in the checkpoint's history."""
        return self.identity.try_details() | ({} if self.mark is None else {"dag_run": self.mark})

    def decide_to_resume(self, config: PipelineConfig, *, allowed: bool) -> bool:
        """Return whether this try resumes from the checkpoint, and log the reason.

        Raises:
            CheckpointUnreadableError: there is a checkpoint that cannot be read.
        """
        if not allowed or self._conf_forbids():
            self.log.info(
                "Starting afresh: resume is disabled %s",
                "by the run's conf" if allowed else "in the DAG",
            )
            return False
        state = self.store.load(self.identity.run_id, config.name)
        if state is None:
            return False
        if self.mark is not None and (not state.tries or state.tries[-1].details.get("dag_run") != self.mark):
            self.log.info(
                "Starting afresh: the checkpoint is from a deleted DAG run with this id, or the task's state was "
                "deleted"
            )
            return False
        if self._was_cleared_after_success(state):
            self.log.info("Starting afresh: the task had succeeded and was cleared")
            return False
        self.log.info(
            "Resuming: %d of %d components were completed by try %s, last at %s. "
            'To start afresh, clear the run after setting its conf to {"ppf": {"resume": false}}, or delete the '
            "task's state in the UI",
            len(state.completed_components),
            len(config.components),
            state.tries[-1].details.get("try_number", "?") if state.tries else "?",
            state.updated_at,
        )
        return True

    def is_automatic_retry(self, config: PipelineConfig) -> bool:
        """Return whether an earlier try began the pipeline and the task has not been cleared since."""
        state = self.store.load(self.identity.run_id, config.name)
        if state is None or not state.tries:
            return False
        before = state.tries[-1].details
        return before.get("max_tries") == str(self.identity.max_tries) and before.get("dag_run") == self.mark

    def _conf_forbids(self) -> bool:
        settings = self.conf.get("ppf")
        return isinstance(settings, Mapping) and settings.get("resume") is False

    def _was_cleared_after_success(self, state: CheckpointState) -> bool:
        # A try that was killed between the end of the pipeline and the end of the task leaves a completed checkpoint
        # too; its automatic retry has nothing left to do. Clearing a task increases max_tries, a retry does not.
        if state.status != "completed":
            return False
        before = state.tries[-1].details.get("max_tries") if state.tries else None
        return before != str(self.identity.max_tries)
