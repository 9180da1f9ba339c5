"""Arguments of a task that take precedence over its pipeline: failure actions and further hooks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from airflow_ppf.pipeline_file.quality_failure import QualityFailureAction
from ppf_core.config import (
    CheckFailureAction,
    ConfigChangeAction,
    ConfigError,
    PipelineConfig,
    Problem,
    did_you_mean,
    resolve_class_path,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from enum import Enum

    from ppf_core.runner import PipelineHooks

__all__ = ["RunArguments"]


@dataclass(frozen=True)
class RunArguments:
    """Arguments of a task; for those that are None, the pipeline's setting applies."""

    on_quality_failure: str = QualityFailureAction.FAIL.value
    fail_fast: bool | None = None
    on_config_change: str | None = None
    hooks: Sequence[str | type[PipelineHooks] | PipelineHooks] = ()

    def applied_to(self, config: PipelineConfig) -> PipelineConfig:
        """Return the pipeline with these arguments.

        Raises:
            ConfigError: an argument has an illegal value.
        """
        quality = _word("on_quality_failure", self.on_quality_failure, QualityFailureAction)
        if quality is QualityFailureAction.WARN and config.quality.checks:
            checks = [
                replace(check, on_failure=CheckFailureAction.WARN, max_failures=0)
                for check in config.quality.checks
            ]
            config = replace(config, quality=replace(config.quality, checks=checks))
        if self.fail_fast is not None:
            config = replace(config, execution=replace(config.execution, fail_fast=self.fail_fast))
        if self.on_config_change is not None:
            action = _word("on_config_change", self.on_config_change, ConfigChangeAction)
            config = replace(config, checkpoint=replace(config.checkpoint, on_config_change=action))
        return config

    def created_hooks(self) -> list[PipelineHooks]:
        """Return the hooks, created from classes and class paths where necessary.

        Raises:
            ConfigError: hooks cannot be created; it lists all of them.
        """
        hooks: list[PipelineHooks] = []
        problems: list[Problem] = []
        for index, hook in enumerate(self.hooks):
            try:
                hooks.append(_create(hook))
            except Exception as error:  # noqa: BLE001 - a constructor may raise anything; reported with its index
                problems.append(Problem(f"hooks[{index}]", f"cannot create {hook}: {error}"))
        if problems:
            raise ConfigError(problems)
        return hooks


def _create(hook: Any) -> Any:
    resolved = resolve_class_path(hook) if isinstance(hook, str) else hook
    return resolved() if isinstance(resolved, type) else resolved


def _word(name: str, value: str, words: type[Enum]) -> Any:
    known = [str(word.value) for word in words]
    try:
        return words(value)
    except ValueError:
        hint = did_you_mean(str(value), known)
        raise ConfigError(
            [Problem(name, f"expected one of {', '.join(known)}, got {value!r}{hint}")]
        ) from None
