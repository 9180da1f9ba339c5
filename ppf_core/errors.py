"""Exceptions of `ppf_core`.

PpfError
├── ConfigError                     a pipeline file or setting is wrong        (ppf_core.config)
├── ComponentError                  a component cannot be created, or failed   (ppf_core.component)
│   ├── ComponentInstantiationError
│   ├── ComponentExecutionError
│   └── OwnInputError               a sink would overwrite what it reads       (ppf_core.batch)
├── SchemaError                     a schema definition is invalid             (ppf_core.schema)
├── CheckDefinitionError            a quality check that could never work      (ppf_core.quality)
├── DataQualityError                a quality check failed, the run goes on    (ppf_core.runner.quality_hooks)
│   └── DataQualityStop             ... and ends the run; a StopPipeline too
├── StopPipeline                    a hook ends the run                        (here)
├── CheckpointError                 a checkpoint cannot be used                (ppf_core.runner.checkpoint)
│   ├── PipelineConfigChangedError
│   ├── CheckpointUnreadableError
│   └── CheckpointSupersededError
├── CircuitBreakerOpenError         a breaker refuses calls                    (ppf_core.resilience)
├── SecretNotFoundError             a reference names no secret                (ppf_core.secrets)
├── AuditSinkError                  some audit sinks failed                    (ppf_core.audit)
├── MetricError                     a metric that could never be recorded      (ppf_core.metrics)
├── MissingExtraError               an optional library is not installed       (ppf_core.metrics)
├── PipelineFailedError             a whole run, as an exception               (ppf_core.runner)
├── ComponentStoppedError           stopped because another component failed   (ppf_core.runner)
├── PipelineCancelledError          a run was cancelled                        (ppf_core.runner)
└── SessionError                    Spark cannot be started or reached         (ppf_core.session)
    └── SessionUnavailableError     a server or JVM does not answer
"""

from __future__ import annotations

__all__ = ["PpfError", "StopPipeline"]


class PpfError(Exception):
    """Base class of the exceptions that `ppf_core` raises."""


class StopPipeline(PpfError):  # noqa: N818 - hooks raise it as an instruction
    """Raised by a hook to end the run; any other exception in a hook is logged and the run continues."""
