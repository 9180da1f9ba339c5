"""Runs a pipeline from Airflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseHook

from ppf_core.runner import CompositeHooks, assemble, run_interruptibly

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import SparkSession

    from ppf_core.config import PipelineConfig
    from ppf_core.runner import CheckpointStore, PipelineHooks, PipelineResult, SimplePipelineRunner
    from ppf_core.session import SparkSessionWrapper

__all__ = ["PipelineHook"]


class PipelineHook(BaseHook):
    """Runs pipelines in this process, in a thread beside the main one.

    Airflow's time limit and SIGTERM strike the main thread; inside a call to the JVM they would corrupt the answers
    to all later calls. So the main thread only waits.

    Making a hook starts nothing. It is for one run at a time.

    Args:
        spark_wrapper: The Spark session to use; by default one as the pipeline's `spark` block says, started when a
            component first needs it and stopped when the run is over.
    """

    hook_name = "PPF pipeline"

    def __init__(self, *, spark_wrapper: SparkSessionWrapper | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._session = spark_wrapper
        self._runner: SimplePipelineRunner | None = None

    def run(
        self,
        config: PipelineConfig,
        *,
        run_id: str | None = None,
        checkpoint_store: CheckpointStore | None = None,
        resume: bool = False,
        try_details: Mapping[str, str] | None = None,
        hooks: Sequence[PipelineHooks] = (),
        run_scope: Sequence[str] = (),
    ) -> PipelineResult:
        """Run a pipeline and wait for its end.

        Args:
            config: The pipeline.
            run_id: What its checkpoint is called, the same in each try.
            checkpoint_store: Where to keep the checkpoint; by default where the pipeline's `checkpoint.root` says.
            resume: Whether to go on from the checkpoint, if there is one.
            try_details: What the checkpoint's history says of this try.
            run_scope: Where `run_id` is unique, if not everywhere.
            hooks: What watches, besides what the pipeline's `hooks` block says.

        Raises:
            ConfigError: a part of the run cannot be made: a quality check, a hook, a provider of secrets.
            CheckpointError: the checkpoint cannot be used.
            ConfigError: something materialises, and `checkpoint.root` is missing or cannot be used.
        """
        assembly = assemble(
            config,
            spark_wrapper=self._session,
            run_id=run_id,
            checkpoint_store=checkpoint_store,
            try_details=try_details,
            run_scope=run_scope,
            hooks=CompositeHooks(*hooks),
        )
        try:
            runner = self._runner = assembly.runner()
            return run_interruptibly(lambda: runner.run(resume=resume), runner.cancel)
        finally:
            assembly.close()
            if self._session is None:
                assembly.session.stop()
            self._runner = None

    def cancel(self, reason: str) -> None:
        """Stop the run: end its Spark jobs and begin nothing more. For a signal handler or another thread."""
        if self._runner is not None:
            self._runner.cancel(reason)

    def get_session(self) -> SparkSession | None:
        """The Spark session of the run that goes on, or the one that this hook was given."""
        session = self._runner.session if self._runner is not None else self._session
        return None if session is None else session.spark
