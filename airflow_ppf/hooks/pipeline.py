"""Airflow hook that runs pipelines: `PipelineHook`."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import structlog
from airflow.sdk import BaseHook

from airflow_ppf.checkpoint import TASK_STATE, external_checkpoint_store
from airflow_ppf.connection.pipeline_connection import PipelineConnection
from airflow_ppf.connection.reachability import reach
from airflow_ppf.hooks.effective_config import effective_config
from airflow_ppf.pipeline_file.connect_server import require_server
from airflow_ppf.pipeline_file.source import PipelineInput, PipelineSource
from airflow_ppf.reporting.stats_registry import StatsRegistry
from airflow_ppf.reporting.task_log import TaskLogHooks
from airflow_ppf.task.supervision import supervision
from ppf_core.config import ConfigError, SparkConfig
from ppf_core.runner import (
    CompositeHooks,
    RunOptions,
    SimplePipelineRunner,
    assemble,
    run_interruptibly,
)
from ppf_core.session import JvmLog, SparkSessionWrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyspark.sql import SparkSession

    from ppf_core.config import PipelineConfig
    from ppf_core.quality import CheckResult
    from ppf_core.runner import (
        CheckpointStore,
        DataQualityHooks,
        PipelineHooks,
        PipelineResult,
        ReportDestination,
    )
    from ppf_core.secrets import SecretsResolver
    from ppf_core.session import SharedSession

__all__ = ["PipelineHook"]


class PipelineHook(BaseHook):
    """Hook that runs pipelines in this process, in a worker thread.

    The main thread only waits, since Airflow's timeout and SIGTERM interrupt the main thread, and inside a call to the
    JVM they would corrupt the answers to later calls.

    Creating a hook starts nothing and does not look up the connection. A hook runs one pipeline at a time.

    In a task, each event of a run is a line of the task's log with the fields of an audit event, in a group for each
    component. Metrics go to Airflow's metrics. From a Spark session that the hook starts, only errors are logged.

    Args:
        conn_id: A connection of type `ppf`, `spark` or `spark_connect` that sets where pipelines run (default: the
            pipelines set it).
        spark_wrapper: The Spark session to use, which the hook does not stop (default: a session with the settings of
            the connection and the pipeline's `spark` block, started when a component first needs it and stopped after
            the run).
    """

    conn_name_attr = "conn_id"
    default_conn_name = "ppf_default"
    conn_type = "ppf"
    hook_name = "PPF pipeline"

    def __init__(
        self, conn_id: str | None = None, *, spark_wrapper: SparkSessionWrapper | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id or None
        self._session = spark_wrapper
        self._own_session: SparkSessionWrapper | None = None
        self._runner: SimplePipelineRunner | None = None
        self._quality: DataQualityHooks | None = None

    @cached_property
    def connection(self) -> PipelineConnection:
        """Settings of the connection; empty without a `conn_id`.

        Raises:
            ConfigError: the content is wrong; it names the connection and each field.
            AirflowNotFoundException: the connection does not exist, or Airflow cannot be reached.
        """
        if self.conn_id is None:
            return PipelineConnection()
        return PipelineConnection.of(self.get_connection(self.conn_id))

    def run(
        self,
        pipeline: PipelineInput,
        *,
        overrides: Mapping[str, Any] | None = None,
        run_id: str | None = None,
        checkpoint_store: CheckpointStore | None = None,
        resume: bool = False,
        fail_fast: bool | None = None,
        hooks: Sequence[PipelineHooks] = (),
        options: RunOptions | None = None,
    ) -> PipelineResult:
        """Run a pipeline and wait for its end.

        Args:
            pipeline: A HOCON file (a string or path; a relative path starts at the working directory), or the pipeline
                itself (a mapping as in a file, or a `PipelineConfig`). The connection sets where it runs.
            overrides: Values that take precedence over the file's, by dotted path, as in
                `{"components.clean.config.limit": 10}`.
            run_id: The run's name in its checkpoint, the same in each try.
            checkpoint_store: Where the checkpoint is kept; with a `run_id`, the connection's store if that is not the
                task's state, else `checkpoint.root` (default).
            resume: Whether to resume from the checkpoint, if there is one.
            fail_fast: Whether the first failure ends the run; as the pipeline says (default).
            hooks: Hooks besides those of the pipeline's `hooks` block.
            options: More options of the run.

        Raises:
            ConfigError: the pipeline or the connection is wrong; a part of the run cannot be made (a quality check, a
                hook, a provider of secrets); a component materialises its views and there is no hand-over root.
            CheckpointError: the checkpoint cannot be used.
            SupervisorLostError: in a task, the process that supervises it has ended.
        """
        return self.run_config(
            effective_config(PipelineSource(pipeline).load(overrides), self.connection),
            (options or RunOptions()).with_checkpoint(run_id, checkpoint_store),
            resume=resume,
            fail_fast=fail_fast,
            hooks=hooks,
        )

    def run_config(
        self,
        config: PipelineConfig,
        options: RunOptions,
        *,
        resume: bool = False,
        fail_fast: bool | None = None,
        hooks: Sequence[PipelineHooks] = (),
        report: Callable[[str | None], ReportDestination | None] = lambda _: None,
        on_session: Callable[[SparkSession], object] | None = None,
        shared_session: SharedSession | None = None,
    ) -> PipelineResult:
        """Run a config that `effective_config` returned; raises as `run` does.

        Args:
            config: The pipeline as it runs.
            options: Options of the run.
            resume: Whether to resume from the checkpoint, if there is one.
            fail_fast: Whether the first failure ends the run; as the config says (default).
            hooks: Hooks besides those of the config.
            report: Returns where the run's report goes, given the hand-over root.
            on_session: Called with the Spark session once it has started.
            shared_session: The session on a Spark Connect server that the pipeline's tasks share; this run uses a
                clone of it.
        """
        if self.conn_id is not None:
            self.log.info(
                "Spark %s, with the settings of connection %s",
                config.spark.connect_string or config.spark.master,
                self.conn_id,
            )
        secrets = self._secrets(config)
        if shared_session is not None:
            require_server(config.spark)
        given = self._session or self._own_session
        session = given or self._new_session(
            config.spark,
            secrets,
            fair_scheduling=config.execution.max_parallel > 1,
            shared=shared_session,
        )
        store = options.checkpoint_store or self._store(options)
        assembly = assemble(
            config,
            spark_wrapper=session,
            hooks=CompositeHooks(*hooks),
            fail_fast=fail_fast,
            options=replace(options, checkpoint_store=store, secrets=secrets),
            log_hooks=_log_hooks(config, options.try_details or {}),
            registry=StatsRegistry(),
            quiet_spark=self._session is None,
            report=report(config.checkpoint.root),
        )
        if on_session is not None:
            session.when_started(on_session)
        self._quality = assembly.quality
        try:
            runner = self._runner = SimplePipelineRunner.assembled(assembly)
            return run_interruptibly(lambda: runner.run(resume=resume), runner.cancel, look=supervision())
        finally:
            assembly.close()
            if given is None:
                session.stop()
            self._runner = None

    def end_shared_session(self, config: PipelineConfig, shared_session: SharedSession) -> str:
        """Close the session that the tasks of a pipeline share, and return its id.

        Raises:
            ConfigError: the connection is wrong, or the pipeline does not run on a Spark Connect server.
            SessionUnavailableError: the server does not answer.
        """
        config = effective_config(config, self.connection)
        require_server(config.spark)
        return self._new_session(config.spark, self._secrets(config), shared=shared_session).end_shared()

    @property
    def quality_results(self) -> list[CheckResult]:
        """Results of the last run's quality checks, in the order in which they ran."""
        return [] if self._quality is None else self._quality.results

    def cancel(self, reason: str) -> None:
        """Cancel the run's Spark jobs and start no more components; for signal handlers and other threads."""
        if self._runner is not None:
            self._runner.cancel(reason)

    def get_session(self) -> SparkSession:
        """Return the session of the current run, the session that the hook was given, or a new session.

        A new session has the connection's settings. Later runs use it too, and `close` stops it.

        Raises:
            ConfigError: the connection is wrong.
            SessionError: the session cannot start; a `SessionUnavailableError` if a server does not answer.
        """
        if self._runner is not None:
            return self._runner.session.spark
        if self._session is not None:
            return self._session.spark
        if self._own_session is None:
            spark = self.connection.configure_spark(SparkConfig("ppf"))
            self._own_session = self._new_session(spark, self._secrets())
        return self._own_session.spark

    def get_conn(self) -> SparkSession:
        """Return `get_session()`, under the name that all Airflow hooks have."""
        return self.get_session()

    def close(self) -> None:
        """Stop the session that `get_session` started; a session that the hook was given is not stopped."""
        if self._own_session is not None:
            self._own_session.stop()
            self._own_session = None

    def test_connection(self) -> tuple[bool, str]:
        """Return whether the connection's Spark can be reached, and a message; takes at most 10 s and needs no JVM."""
        try:
            return reach(self.connection)
        except ConfigError as error:
            return False, str(error)

    def _store(self, options: RunOptions) -> CheckpointStore | None:
        """Return the connection's store, if it has one that is not the task's state."""
        address = self.connection.checkpoint_store
        if options.run_id is None or address is None or address == TASK_STATE:
            return None
        return external_checkpoint_store(address, options.scope)

    def _secrets(self, config: PipelineConfig | None = None) -> SecretsResolver:
        from airflow_ppf.connection.secrets import airflow_secrets

        return airflow_secrets(
            config.secrets if config is not None else None,
            self.connection.conn_id,
            self.connection.secrets,
        )

    def _new_session(
        self,
        spark: SparkConfig,
        secrets: SecretsResolver,
        *,
        fair_scheduling: bool = False,
        shared: SharedSession | None = None,
    ) -> SparkSessionWrapper:
        connection = self.connection
        return SparkSessionWrapper(
            spark,
            fair_scheduling=fair_scheduling,
            resolve=lambda settings: connection.resolve(settings, secrets.resolve),
            shared=shared,
            # Airflow logs each line on a task's standard error as an error, whatever its content.
            on_jvm_line=JvmLog(),
        )


def _log_hooks(config: PipelineConfig, try_details: Mapping[str, str]) -> TaskLogHooks:
    # The id of a try, if there is one, links its audit events to Airflow's database.
    trace_id = config.hooks.audit.trace_id or try_details.get("ti_id")
    return TaskLogHooks(structlog.get_logger(config.hooks.logging.logger), trace_id)
