"""From what a pipeline file says to the parts of a run."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppf_core.audit import CompositeAuditSink, FileAuditSink, LoggingAuditSink
from ppf_core.config import AuditSinkKind, ConfigError, MetricsRegistryKind, Problem, resolve_class_path
from ppf_core.metrics import InMemoryRegistry, MissingExtraError, OpenTelemetryRegistry, PrometheusRegistry
from ppf_core.secrets import SecretsResolver
from ppf_core.session import SparkSessionWrapper

from .audit_hooks import AuditHooks
from .checkpoint import checkpoint_store_at
from .hooks import CompositeHooks
from .hooks_builtin import LoggingHooks, MetricsHooks
from .quality_checks import check_problems, make_check
from .quality_hooks import DataQualityHooks
from .report import ReportFile, ReportHooks
from .simple_runner import SimplePipelineRunner
from .watching.metrics_file import MetricsFileHooks
from .watching.quiet_spark import QuietSpark

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ppf_core.audit import AuditSink
    from ppf_core.config import PipelineConfig
    from ppf_core.metrics import MeterRegistry

    from .checkpoint import CheckpointStore
    from .hooks import PipelineHooks
    from .report import ReportDestination

__all__ = ["Assembly", "assemble"]


@dataclass(frozen=True)
class Assembly:
    """The parts of a run, made as the pipeline's config says.

    `metrics` and `quality` are there to be asked after the run; each is `None` where the config has it off or empty.
    """

    config: PipelineConfig
    session: SparkSessionWrapper
    hooks: CompositeHooks
    store: CheckpointStore | None
    metrics: MetricsHooks | None
    quality: DataQualityHooks | None
    runner_arguments: Mapping[str, Any]
    _resources: ExitStack = field(repr=False)

    def runner(self, cls: type[SimplePipelineRunner] = SimplePipelineRunner) -> SimplePipelineRunner:
        """A runner made of the parts."""
        return cls(
            self.config,
            spark_wrapper=self.session,
            hooks=self.hooks,
            checkpoint_store=self.store,
            **self.runner_arguments,
        )

    def close(self) -> None:
        """Close what was opened for the run: the audit file. The Spark session goes on."""
        self._resources.close()


def assemble(
    config: PipelineConfig,
    *,
    spark_wrapper: SparkSessionWrapper | None = None,
    hooks: PipelineHooks | None = None,
    run_id: str | None = None,
    checkpoint_store: CheckpointStore | None = None,
    log_hooks: AuditHooks | None = None,
    registry: MeterRegistry | None = None,
    quiet_spark: bool = False,
    report: ReportDestination | None = None,
    **runner_arguments: Any,
) -> Assembly:
    """Make the parts of a run.

    Args:
        config: What the pipeline file says.
        spark_wrapper: The session; by default one made from `config.spark`.
        hooks: Hooks besides those of `config.hooks` and `config.quality`; they come after what judges.
        run_id: What the run's checkpoint is called, the same in each of its tries.
        checkpoint_store: Where it is kept; by default, with a `run_id`, where `config.checkpoint.root` says.
        log_hooks: What tells a log of the run's events, in place of `LoggingHooks` and of the audit sink `log`.
        registry: Where metrics go in place of the registry `memory`.
        quiet_spark: Whether to keep what Spark says below the level ERROR out of the log.
        report: Where the run's report goes, besides the file that `config.hooks.report` names.
        runner_arguments: More arguments of `SimplePipelineRunner`; they win over `config.execution`.

    Raises:
        ConfigError: a provider of secrets or a hook of `config.hooks.custom` cannot be made, a quality check could
            never work, the library of the metrics registry is not installed, or no `checkpoint_store` is given and
            nothing can be kept at `config.checkpoint.root`.
    """
    arguments = {
        "fail_fast": config.execution.fail_fast,
        "max_parallel": config.execution.max_parallel,
        "run_id": run_id,
        **runner_arguments,
    }
    secrets = arguments.get("secrets")
    if secrets is None:
        secrets = arguments["secrets"] = SecretsResolver.from_config(config.secrets)
    session = (
        spark_wrapper
        if spark_wrapper is not None
        else SparkSessionWrapper(
            config.spark, fair_scheduling=arguments["max_parallel"] > 1, resolve=secrets.resolve
        )
    )
    resources = ExitStack()
    quality = _quality(config, session)
    metrics = _metrics(config, registry)
    watching: list[PipelineHooks] = [quality] if quality else []
    watching += _told(config, log_hooks, resources)
    if metrics:
        watching.append(metrics)
    if quiet_spark:
        watching.append(QuietSpark(session, config))
    watching += _custom(config)
    if hooks is not None:
        watching.append(hooks)
    if metrics and metrics.registry is not None and config.hooks.metrics.path:
        watching.append(MetricsFileHooks(metrics.registry, config.hooks.metrics.path))
    store = checkpoint_store
    if store is None and run_id and config.checkpoint.root:
        store = checkpoint_store_at(config.checkpoint.root)
    reports: list[ReportDestination] = []
    if config.hooks.report.path:
        reports.append(ReportFile(config.hooks.report.path))
    if report is not None:
        reports.append(report)
    known = {"store": store, "run_id": run_id, "scope": arguments.get("run_scope", ())}
    watching += [ReportHooks(each, redact=secrets.redact, quality=quality, **known) for each in reports]
    return Assembly(config, session, CompositeHooks(*watching), store, metrics, quality, arguments, resources)


def _quality(config: PipelineConfig, session: SparkSessionWrapper) -> DataQualityHooks | None:
    if not config.quality.checks:
        return None
    if problems := check_problems(config.quality):
        raise ConfigError(problems)
    hooks = DataQualityHooks(session, stop_on_failure=config.quality.stop_on_failure)
    hooks.register_all([make_check(check) for check in config.quality.checks])
    return hooks


def _told(config: PipelineConfig, log_hooks: AuditHooks | None, resources: ExitStack) -> list[PipelineHooks]:
    """What tells of the run's events: to the log, to the audit sinks."""
    logging_, audit = config.hooks.logging, config.hooks.audit
    sinks = list(audit.sinks) if audit.enabled else []
    told: list[PipelineHooks] = []
    trace_id = audit.trace_id
    if log_hooks is not None:
        if logging_.enabled or AuditSinkKind.LOG in sinks:
            told.append(log_hooks)
        sinks = [kind for kind in sinks if kind is not AuditSinkKind.LOG]
        trace_id = trace_id or log_hooks.trace_id
    elif logging_.enabled:
        told.append(LoggingHooks(logging.getLogger(logging_.logger)))
    if sinks:
        told.append(AuditHooks(_audit_sink(sinks, audit.path, resources), trace_id))
    return told


def _metrics(config: PipelineConfig, given: MeterRegistry | None) -> MetricsHooks | None:
    if not config.hooks.metrics.enabled:
        return None
    kind = config.hooks.metrics.registry
    registry: MeterRegistry
    try:
        if kind is MetricsRegistryKind.PROMETHEUS:
            registry = PrometheusRegistry()
        elif kind is MetricsRegistryKind.OPENTELEMETRY:
            registry = OpenTelemetryRegistry()
        else:
            registry = given if given is not None else InMemoryRegistry()
    except MissingExtraError as error:
        raise ConfigError([Problem("hooks.metrics.registry", str(error))]) from error
    return MetricsHooks(registry=registry)


def _audit_sink(kinds: Sequence[AuditSinkKind], path: str | None, resources: ExitStack) -> AuditSink:
    sinks: list[AuditSink] = []
    for kind in kinds:
        if kind is AuditSinkKind.FILE:
            assert path is not None  # noqa: S101 - the model has made sure
            sinks.append(resources.enter_context(FileAuditSink(Path(path).expanduser())))
        else:
            sinks.append(LoggingAuditSink())
    return sinks[0] if len(sinks) == 1 else CompositeAuditSink(*sinks)


def _custom(config: PipelineConfig) -> list[PipelineHooks]:
    made: list[PipelineHooks] = []
    problems: list[Problem] = []
    for index, hook in enumerate(config.hooks.custom):
        try:
            made.append(resolve_class_path(hook.class_path)(**hook.config))
        except Exception as error:  # noqa: BLE001 - a constructor may raise anything; told with its place in the file
            problems.append(Problem(f"hooks.custom[{index}]", f"cannot make {hook.class_path}: {error}"))
    if problems:
        raise ConfigError(problems)
    return made
