"""What a pipeline file says: its models, and reading, checking and ordering them.

Nothing here starts Spark, and `pyhocon` is imported only when HOCON is read.
"""

from __future__ import annotations

from .class_path import resolve_class_path
from .component import ComponentConfig
from .decode import decode, decode_with_sections
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
from .hocon_text import content_digest
from .hocon_variables import fill_in
from .hooks import (
    AuditHooksConfig,
    CustomHookConfig,
    HooksConfig,
    LoggingHooksConfig,
    MetricsHooksConfig,
    ReportHooksConfig,
)
from .json_schema import pipeline_file_schema
from .load import load_from_env, load_from_file, load_from_string
from .located import located
from .nearest import did_you_mean, nearest_name
from .pipeline import PipelineConfig
from .place import path_text
from .presets import CIRCUIT_BREAKER_PRESETS, RESILIENCE_PRESETS, RETRY_PRESETS, ResiliencePolicy
from .quality import QualityCheckConfig, QualityConfig
from .resilience import CircuitBreakerConfig, RetryConfig
from .scalars import (
    STRICT_KEYS,
    AlsoWritten,
    Number,
    Seconds,
    Settings,
    Text,
    WholeNumber,
    WrittenFloat,
    plain_values,
)
from .secrets import SecretsConfig, SecretsProviderConfig
from .sections import installed_sections
from .spark import SparkConfig
from .validation import DryRunComponent, DryRunResult, ValidationResult, dry_run, validate_pipeline

__all__ = [
    "CIRCUIT_BREAKER_PRESETS",
    "RESILIENCE_PRESETS",
    "RETRY_PRESETS",
    "STRICT_KEYS",
    "AlsoWritten",
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
    "Number",
    "PipelineConfig",
    "PipelineMode",
    "Problem",
    "QualityCheckConfig",
    "QualityCheckType",
    "QualityConfig",
    "ReportHooksConfig",
    "ResiliencePolicy",
    "RetryConfig",
    "Seconds",
    "SecretsConfig",
    "SecretsProviderConfig",
    "Settings",
    "SparkConfig",
    "Text",
    "UnknownComponentError",
    "ValidationResult",
    "WholeNumber",
    "WrittenFloat",
    "content_digest",
    "decode",
    "decode_with_sections",
    "did_you_mean",
    "dry_run",
    "fill_in",
    "find_cycle",
    "installed_sections",
    "load_from_env",
    "load_from_file",
    "load_from_string",
    "located",
    "nearest_name",
    "parse_duration",
    "path_text",
    "pipeline_file_schema",
    "plain_values",
    "read_document",
    "read_hocon",
    "resolve_class_path",
    "topological_order",
    "validate_pipeline",
]
