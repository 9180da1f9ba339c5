"""Assembly of a run: session, hooks, store and options, made from a pipeline's config."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ppf_core.audit import CompositeAuditSink, FileAuditSink, LoggingAuditSink
from ppf_core.config import AuditSinkKind, ConfigError, MetricsRegistryKind, Problem, resolve_class_path
from ppf_core.metrics import InMemoryRegistry, MissingExtraError, OpenTelemetryRegistry, PrometheusRegistry
from ppf_core.secrets import SecretsResolver
from ppf_core.session import SparkSessionWrapper

from .audit_hooks import AuditHooks
from .checkpoint import CachedCheckpointStore, checkpoint_store_at
from .hooks import CompositeHooks
from .hooks_builtin import LoggingHooks, MetricsHooks
from .quality_checks import check_problems, make_check
from .quality_hooks import DataQualityHooks
from .report import ReportFile, ReportHooks
from .run_options import RunOptions
from .watching.metrics_file import MetricsFileHooks
from .watching.quiet_spark import QuietSpark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ppf_core.audit import AuditSink
    from ppf_core.config import PipelineConfig
    from ppf_core.metrics import MeterRegistry

    from .hooks import PipelineHooks
    from .report import ReportDestination

__all__ = ["Assembly", "assemble"]


@dataclass(frozen=True)
class Assembly:
    """The parts of a run, made as the pipeline's config says.

    `metrics` and `quality` can be asked after the run; each is None where the config has it off or empty.
    """

    config: PipelineConfig
    session: SparkSessionWrapper
    hooks: CompositeHooks
    fail_fast: bool
    options: RunOptions
    metrics: MetricsHooks | None
    quality: DataQualityHooks | None
    _resources: ExitStack = field(repr=False)

    def close(self) -> None:
        """Close what was opened for the run: the audit file. The Spark session goes on."""
        self._resources.close()


def assemble(
    config: PipelineConfig,
    *,
    spark_wrapper: SparkSessionWrapper | None = None,
    hooks: PipelineHooks | None = None,
    fail_fast: bool | None = None,
    options: RunOptions | None = None,
    log_hooks: AuditHooks | None = None,
    registry: MeterRegistry | None = None,
    quiet_spark: bool = False,
    report: ReportDestination | None = None,
) -> Assembly:
    """Make the parts of a run.

    Args:
        config: The pipeline.
        spark_wrapper: The session; one made from `config.spark` (default).
        hooks: Hooks besides those of `config.hooks` and `config.quality`; they come after the quality checks.
        fail_fast: Whether the first failure ends the run; `config.execution.fail_fast` (default).
        options: Options of the run. Those that are None are filled in from the config: `max_parallel`, `secrets`, and
            with a `run_id` a `checkpoint_store` under `config.checkpoint.root`.
        log_hooks: Log the run's events in place of `LoggingHooks` and of the audit sink `log`.
        registry: Where metrics go in place of the registry `memory`.
        quiet_spark: Whether to keep Spark's messages below the level ERROR out of the log.
        report: Where the run's report goes, besides the file of `config.hooks.report`.

    Raises:
        ConfigError: a provider of secrets or a hook of `config.hooks.custom` cannot be made, a quality check could
            never work, the library of the metrics registry is not installed, or no `checkpoint_store` is given and
            nothing can be kept at `config.checkpoint.root`.
    """
    options = _filled_in(options or RunOptions(), config)
    secrets = options.secrets
    assert secrets is not None  # noqa: S101 - narrows the type of what was filled in
    session = (
        spark_wrapper
        if spark_wrapper is not None
        else SparkSessionWrapper(
            config.spark, fair_scheduling=(options.max_parallel or 1) > 1, resolve=secrets.resolve
        )
    )
    resources = ExitStack()
    quality = _quality(config, session)
    metrics = _metrics(config, registry)
    watching: list[PipelineHooks] = [quality] if quality else []
    watching += _event_hooks(config, log_hooks, resources)
    if metrics:
        watching.append(metrics)
    if quiet_spark:
        watching.append(QuietSpark(session, config))
    watching += _custom(config)
    if hooks is not None:
        watching.append(hooks)
    if metrics and metrics.registry is not None and config.hooks.metrics.path:
        watching.append(MetricsFileHooks(metrics.registry, config.hooks.metrics.path))
    destinations: list[ReportDestination] = (
        [ReportFile(config.hooks.report.path)] if config.hooks.report.path else []
    )
    if report is not None:
        destinations.append(report)
    watching += [
        ReportHooks(
            destination,
            redact=secrets.redact,
            quality=quality,
            store=options.checkpoint_store,
            run_id=options.run_id,
            scope=options.scope,
        )
        for destination in destinations
    ]
    return Assembly(
        config,
        session,
        CompositeHooks(*watching),
        config.execution.fail_fast if fail_fast is None else fail_fast,
        options,
        metrics,
        quality,
        resources,
    )


def _filled_in(options: RunOptions, config: PipelineConfig) -> RunOptions:
    """Return the options with the config's values for those that are left open."""
    store = options.checkpoint_store
    if store is None and options.run_id and config.checkpoint.root:
        store = checkpoint_store_at(config.checkpoint.root)
    return replace(
        options,
        # One for the whole try: hooks and runner read the checkpoint once.
        checkpoint_store=CachedCheckpointStore.around(store) if store is not None else None,
        max_parallel=options.max_parallel or config.execution.max_parallel,
        secrets=options.secrets
        if options.secrets is not None
        else SecretsResolver.from_config(config.secrets),
    )


def _quality(config: PipelineConfig, session: SparkSessionWrapper) -> DataQualityHooks | None:
    if not config.quality.checks:
        return None
    if problems := check_problems(config.quality):
        raise ConfigError(problems)
    hooks = DataQualityHooks(session, stop_on_failure=config.quality.stop_on_failure)
    hooks.register_all([make_check(check) for check in config.quality.checks])
    return hooks


def _event_hooks(
    config: PipelineConfig, log_hooks: AuditHooks | None, resources: ExitStack
) -> list[PipelineHooks]:
    """Return the hooks that write the run's events to the log and to the audit sinks."""
    logging_, audit = config.hooks.logging, config.hooks.audit
    sinks = list(audit.sinks) if audit.enabled else []
    event_hooks: list[PipelineHooks] = []
    trace_id = audit.trace_id
    if log_hooks is not None:
        if logging_.enabled or AuditSinkKind.LOG in sinks:
            event_hooks.append(log_hooks)
        sinks = [kind for kind in sinks if kind is not AuditSinkKind.LOG]
        trace_id = trace_id or log_hooks.trace_id
    elif logging_.enabled:
        event_hooks.append(LoggingHooks(logging.getLogger(logging_.logger)))
    if sinks:
        event_hooks.append(AuditHooks(_audit_sink(sinks, audit.path, resources), trace_id))
    return event_hooks


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
        except Exception as error:  # noqa: BLE001 - a constructor may raise anything; reported with its position in the file
            problems.append(Problem(f"hooks.custom[{index}]", f"cannot make {hook.class_path}: {error}"))
    if problems:
        raise ConfigError(problems)
    return made
