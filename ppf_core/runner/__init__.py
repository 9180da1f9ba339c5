"""Runner of pipelines: planning, execution, hooks, checkpoints, hand-overs and reports."""

from __future__ import annotations

from .assemble import Assembly, assemble
from .audit_hooks import AuditHooks
from .checked_file import CheckedFile, check_file, check_report, classes_beside
from .checkpoint import (
    CachedCheckpointStore,
    CheckpointError,
    CheckpointHooks,
    CheckpointState,
    CheckpointStore,
    CheckpointSupersededError,
    CheckpointUnreadableError,
    LocalCheckpointStore,
    ObjectStorageCheckpointStore,
    PipelineConfigChangedError,
    TryRecord,
    checkpoint_key,
    checkpoint_store_at,
    compute_pipeline_fingerprint,
    load_checkpoint_for_resume,
    refuse_if_superseded,
)
from .completed import CompletedComponent, CompletedComponents, HandOverRecord, RecordCodec, RecordError
from .execution.cancellation import ComponentStoppedError, PipelineCancelledError
from .execution.interruptible import run_interruptibly
from .failure import PipelineFailedError
from .handover import HandOverDamagedError, directory_name, remove_handover
from .hooks import CompositeHooks, NoOpHooks, PipelineHooks
from .hooks_builtin import LoggingHooks, MetricsHooks
from .outcome import ComponentOutcome, ComponentPhase, SkipReason
from .planning.partial_run import PartialRun
from .planning.plan import Action, Plan, PlanStep, make_plan
from .planning.selection import SelectedComponents, Selection
from .quality_hooks import DataQualityError, DataQualityHooks, DataQualityStop
from .report import ReportDestination, ReportFile, ReportHooks
from .result import (
    ComponentResult,
    HookError,
    PipelineResult,
    PipelineResultStatus,
    SkippedComponent,
)
from .run_key import RunKey
from .run_options import RunOptions
from .simple_runner import SimplePipelineRunner
from .static_checks import static_checks
from .watching.live_status import BEAT_SECONDS, LiveStatus, LiveStatusFolder
from .watching.progress import ProgressPace

__all__ = [
    "BEAT_SECONDS",
    "Action",
    "Assembly",
    "AuditHooks",
    "CachedCheckpointStore",
    "CheckedFile",
    "CheckpointError",
    "CheckpointHooks",
    "CheckpointState",
    "CheckpointStore",
    "CheckpointSupersededError",
    "CheckpointUnreadableError",
    "CompletedComponent",
    "CompletedComponents",
    "ComponentOutcome",
    "ComponentPhase",
    "ComponentResult",
    "ComponentStoppedError",
    "CompositeHooks",
    "DataQualityError",
    "DataQualityHooks",
    "DataQualityStop",
    "HandOverDamagedError",
    "HandOverRecord",
    "HookError",
    "LiveStatus",
    "LiveStatusFolder",
    "LocalCheckpointStore",
    "LoggingHooks",
    "MetricsHooks",
    "NoOpHooks",
    "ObjectStorageCheckpointStore",
    "PartialRun",
    "PipelineCancelledError",
    "PipelineConfigChangedError",
    "PipelineFailedError",
    "PipelineHooks",
    "PipelineResult",
    "PipelineResultStatus",
    "Plan",
    "PlanStep",
    "ProgressPace",
    "RecordCodec",
    "RecordError",
    "ReportDestination",
    "ReportFile",
    "ReportHooks",
    "RunKey",
    "RunOptions",
    "SelectedComponents",
    "Selection",
    "SimplePipelineRunner",
    "SkipReason",
    "SkippedComponent",
    "TryRecord",
    "assemble",
    "check_file",
    "check_report",
    "checkpoint_key",
    "checkpoint_store_at",
    "classes_beside",
    "compute_pipeline_fingerprint",
    "directory_name",
    "load_checkpoint_for_resume",
    "make_plan",
    "refuse_if_superseded",
    "remove_handover",
    "run_interruptibly",
    "static_checks",
]
