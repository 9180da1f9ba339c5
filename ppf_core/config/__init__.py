"""What a pipeline file says: its models, and reading, checking and ordering them.

Nothing here starts Spark, and `pyhocon` is imported only when HOCON is read.
"""

from __future__ import annotations

from .class_path import resolve_class_path
from .component import ComponentConfig
from .decode import decode
from .durations import parse_duration
from .enums import (
    AuditSinkKind,
    CheckFailureAction,
    ComponentType,
    ConfigChangeAction,
    DeployMode,
    Environment,
    MetricsRegistryKind,
    PipelineMode,
    QualityCheckType,
)
from .errors import ClassPathError, ConfigError, DependencyCycleError, Problem, UnknownComponentError
from .execution import CheckpointConfig, ExecutionConfig
from .graph import find_cycle, topological_order
from .hocon import HoconDocument, read_document, read_hocon
from .hooks import AuditHooksConfig, CustomHookConfig, HooksConfig, LoggingHooksConfig, MetricsHooksConfig
from .load import load_from_env, load_from_file, load_from_string
from .nearest import did_you_mean, nearest_name
from .pipeline import PipelineConfig
from .presets import CIRCUIT_BREAKER_PRESETS, RESILIENCE_PRESETS, RETRY_PRESETS, ResiliencePolicy
from .quality import QualityCheckConfig, QualityConfig
from .resilience import CircuitBreakerConfig, RetryConfig
from .scalars import STRICT_KEYS
from .secrets import SecretsConfig, SecretsProviderConfig
from .spark import SparkConfig
from .validation import DryRunComponent, DryRunResult, ValidationResult, dry_run, validate_pipeline

__all__ = [
    "CIRCUIT_BREAKER_PRESETS",
    "RESILIENCE_PRESETS",
    "RETRY_PRESETS",
    "STRICT_KEYS",
    "AuditHooksConfig",
    "AuditSinkKind",
    "CheckFailureAction",
    "CheckpointConfig",
    "CircuitBreakerConfig",
    "ClassPathError",
    "ComponentConfig",
    "ComponentType",
    "ConfigChangeAction",
    "ConfigError",
    "CustomHookConfig",
    "DependencyCycleError",
    "DeployMode",
    "DryRunComponent",
    "DryRunResult",
    "Environment",
    "ExecutionConfig",
    "HoconDocument",
    "HooksConfig",
    "LoggingHooksConfig",
    "MetricsHooksConfig",
    "MetricsRegistryKind",
    "PipelineConfig",
    "PipelineMode",
    "Problem",
    "QualityCheckConfig",
    "QualityCheckType",
    "QualityConfig",
    "ResiliencePolicy",
    "RetryConfig",
    "SecretsConfig",
    "SecretsProviderConfig",
    "SparkConfig",
    "UnknownComponentError",
    "ValidationResult",
    "decode",
    "did_you_mean",
    "dry_run",
    "find_cycle",
    "load_from_env",
    "load_from_file",
    "load_from_string",
    "nearest_name",
    "parse_duration",
    "read_document",
    "read_hocon",
    "resolve_class_path",
    "topological_order",
    "validate_pipeline",
]
