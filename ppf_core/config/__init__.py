"""Pipeline files: config models, the HOCON reader, validation and execution order.

Nothing here starts Spark, and `pyhocon` is imported only when HOCON is read. Each name is imported on first use,
because Airflow parses DAGs often, and DAGs with a cached plan need none of the models.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .class_path import resolve_class_path
    from .component import ComponentConfig
    from .decoding import decode, decode_with_sections
    from .digest import content_digest
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
    from .errors import (
        ClassPathError,
        ConfigError,
        DependencyCycleError,
        Problem,
        UnknownComponentError,
        of_component,
    )
    from .execution import CheckpointConfig, ExecutionConfig
    from .graph import find_cycle, topological_order
    from .hocon import HoconDocument, read_document, read_hocon
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
    from .key_path import path_text
    from .load import load_from_env, load_from_file, load_from_string
    from .location import is_within, located
    from .nearest import did_you_mean, nearest_name
    from .overrides import with_overrides
    from .pipeline import PipelineConfig
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
    "is_within",
    "load_from_env",
    "load_from_file",
    "load_from_string",
    "located",
    "nearest_name",
    "of_component",
    "parse_duration",
    "path_text",
    "pipeline_file_schema",
    "plain_values",
    "read_document",
    "read_hocon",
    "resolve_class_path",
    "topological_order",
    "validate_pipeline",
    "with_overrides",
]

_MODULES = {
    "AlsoWritten": "scalars",
    "AuditHooksConfig": "hooks",
    "AuditSinkKind": "enums",
    "CIRCUIT_BREAKER_PRESETS": "presets",
    "CheckFailureAction": "enums",
    "CheckpointConfig": "execution",
    "CircuitBreakerConfig": "resilience",
    "ClassPathError": "errors",
    "ComponentConfig": "component",
    "ComponentType": "enums",
    "ConfigChangeAction": "enums",
    "ConfigError": "errors",
    "CustomHookConfig": "hooks",
    "DependencyCycleError": "errors",
    "DeployMode": "enums",
    "DryRunComponent": "validation",
    "DryRunResult": "validation",
    "Environment": "enums",
    "ExecutionConfig": "execution",
    "HoconDocument": "hocon",
    "HooksConfig": "hooks",
    "LoggingHooksConfig": "hooks",
    "MetricsHooksConfig": "hooks",
    "MetricsRegistryKind": "enums",
    "Number": "scalars",
    "PipelineConfig": "pipeline",
    "PipelineMode": "enums",
    "Problem": "errors",
    "QualityCheckConfig": "quality",
    "QualityCheckType": "enums",
    "QualityConfig": "quality",
    "RESILIENCE_PRESETS": "presets",
    "RETRY_PRESETS": "presets",
    "ReportHooksConfig": "hooks",
    "ResiliencePolicy": "presets",
    "RetryConfig": "resilience",
    "STRICT_KEYS": "scalars",
    "Seconds": "scalars",
    "SecretsConfig": "secrets",
    "SecretsProviderConfig": "secrets",
    "Settings": "scalars",
    "SparkConfig": "spark",
    "Text": "scalars",
    "UnknownComponentError": "errors",
    "ValidationResult": "validation",
    "WholeNumber": "scalars",
    "WrittenFloat": "scalars",
    "content_digest": "digest",
    "decode": "decoding",
    "decode_with_sections": "decoding",
    "did_you_mean": "nearest",
    "dry_run": "validation",
    "fill_in": "hocon_variables",
    "find_cycle": "graph",
    "installed_sections": "sections",
    "is_within": "location",
    "load_from_env": "load",
    "load_from_file": "load",
    "load_from_string": "load",
    "located": "location",
    "nearest_name": "nearest",
    "of_component": "errors",
    "parse_duration": "durations",
    "path_text": "key_path",
    "pipeline_file_schema": "json_schema",
    "plain_values": "scalars",
    "read_document": "hocon",
    "read_hocon": "hocon",
    "resolve_class_path": "class_path",
    "topological_order": "graph",
    "validate_pipeline": "validation",
    "with_overrides": "overrides",
}

if not TYPE_CHECKING:  # a type checker would accept any attribute of a module with __getattr__

    def __getattr__(name: str) -> Any:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        return value
