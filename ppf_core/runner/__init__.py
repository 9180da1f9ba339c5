"""Runs a pipeline: what comes next, how one component runs, what watches, what is remembered."""

from __future__ import annotations

from .hooks import CompositeHooks, NoOpHooks, PipelineHooks
from .result import (
    ComponentResult,
    HookError,
    PipelineResult,
    PipelineResultStatus,
    SkippedComponent,
    SkipReason,
)

__all__ = [
    "ComponentResult",
    "CompositeHooks",
    "HookError",
    "NoOpHooks",
    "PipelineHooks",
    "PipelineResult",
    "PipelineResultStatus",
    "SkipReason",
    "SkippedComponent",
]
