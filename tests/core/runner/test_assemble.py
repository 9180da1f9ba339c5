from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ppf_core.audit import InMemoryAuditSink
from ppf_core.config import (
    AuditHooksConfig,
    AuditSinkKind,
    CheckpointConfig,
    HooksConfig,
    LoggingHooksConfig,
    MetricsHooksConfig,
    MetricsRegistryKind,
)
from ppf_core.metrics import InMemoryRegistry
from ppf_core.runner import (
    AuditHooks,
    LocalCheckpointStore,
    MetricsHooks,
    RunOptions,
    SimplePipelineRunner,
    assemble,
)
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from pathlib import Path


def test_with_a_run_id_checkpoints_are_kept_where_the_file_says(tmp_path: Path) -> None:
    config = replace(pipeline(step("a")), checkpoint=CheckpointConfig(root=str(tmp_path)))
    store = assemble(config, options=RunOptions(run_id="r")).options.checkpoint_store
    assert repr(store) == repr(LocalCheckpointStore(tmp_path))


def test_without_a_run_id_there_is_no_checkpoint(tmp_path: Path) -> None:
    config = replace(pipeline(step("a")), checkpoint=CheckpointConfig(root=str(tmp_path)))
    assert assemble(config).options.checkpoint_store is None


def test_a_root_elsewhere_is_an_object_store() -> None:
    config = replace(pipeline(step("a")), checkpoint=CheckpointConfig(root="memory://bucket/ppf"))
    store = assemble(config, options=RunOptions(run_id="r")).options.checkpoint_store
    assert repr(store) == "ObjectStorageCheckpointStore('memory://bucket/ppf')"


def test_a_store_that_is_given_wins_over_the_root(tmp_path: Path) -> None:
    config = replace(pipeline(step("a")), checkpoint=CheckpointConfig(root="s3a://bucket/ppf"))
    given = LocalCheckpointStore(tmp_path)
    options = assemble(config, options=RunOptions(run_id="r", checkpoint_store=given)).options
    assert repr(options.checkpoint_store) == repr(given)


def test_a_log_of_the_caller_replaces_the_usual_log_and_shares_its_trace_with_the_audit_file(
    tmp_path: Path,
) -> None:
    file = tmp_path / "audit.jsonl"
    audit = AuditHooksConfig(enabled=True, sinks=[AuditSinkKind.LOG, AuditSinkKind.FILE], path=str(file))
    sink = InMemoryAuditSink()
    assembly = assemble(
        pipeline(step("a"), hooks=HooksConfig(audit=audit)), log_hooks=AuditHooks(sink, "trace-1")
    )
    kinds = [type(hook) for hook in assembly.hooks.flattened()]
    SimplePipelineRunner.assembled(assembly).run()
    assembly.close()

    assert kinds == [AuditHooks, AuditHooks, MetricsHooks]
    assert [event.action.value for event in sink.events] == [
        "pipeline_started",
        "component_started",
        "component_completed",
        "pipeline_completed",
    ]
    assert file.read_text().count('"trace_id":"trace-1"') == len(sink.events)


def test_a_log_of_the_callers_is_left_out_where_the_pipeline_wants_none() -> None:
    config = pipeline(step("a"), hooks=HooksConfig(logging=LoggingHooksConfig(enabled=False)))
    assembly = assemble(config, log_hooks=AuditHooks(InMemoryAuditSink()))
    assert [type(hook) for hook in assembly.hooks.flattened()] == [MetricsHooks]


def test_a_registry_of_the_callers_takes_the_place_of_that_in_memory_only() -> None:
    given = InMemoryRegistry()
    config = pipeline(step("a"))
    elsewhere = replace(
        config, hooks=HooksConfig(metrics=MetricsHooksConfig(registry=MetricsRegistryKind.OPENTELEMETRY))
    )
    for each, taken in ((config, True), (elsewhere, False)):
        metrics = assemble(each, registry=given).metrics
        assert metrics is not None
        assert (metrics.registry is given) is taken
