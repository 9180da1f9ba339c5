"""The facts of a run report: plain values, in the order in which they are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ppf_core.runner.outcome import ComponentOutcome, SkipReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from ppf_core.component import DataCount
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.quality import CheckResult
    from ppf_core.runner.checkpoint import TryRecord
    from ppf_core.runner.result import ComponentResult, PipelineResult, PipelineResultStatus, SkippedComponent

__all__ = ["ComponentFacts", "FailedAttempt", "RunFacts", "run_facts"]


@dataclass(frozen=True)
class FailedAttempt:
    """An attempt at a component that failed and was retried `delay_ms` later; `number` counts from 1."""

    number: int
    delay_ms: int
    error: str


@dataclass(frozen=True)
class ComponentFacts:
    """One component in one try of a run; milliseconds are `None` for a component that was not executed.

    `note` is why it failed or was skipped. `failed_attempts` are all attempts but the last. `counts` holds what it
    wrote, in this try or in the try that completed it; `rows` and `bytes` are the totals as far as they are known.
    """

    name: str
    kind: str
    class_path: str
    description: str
    outcome: ComponentOutcome
    skip_reason: SkipReason | None = None
    started_ms: int | None = None
    duration_ms: int | None = None
    retries: int = 0
    views: tuple[str, ...] = ()
    note: str = ""
    failed_attempts: tuple[FailedAttempt, ...] = ()
    counts: tuple[DataCount, ...] = ()
    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class RunFacts:
    """One try of a run. Its texts hold no secret that the run has resolved.

    `scope` and `run_id` identify the run; `tries` is its history from the checkpoint, this try last.
    """

    config: PipelineConfig
    status: PipelineResultStatus
    started_at: datetime
    duration_ms: int
    components: tuple[ComponentFacts, ...]
    error: str = ""
    run_id: str = ""
    scope: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    tries: tuple[TryRecord, ...] = ()
    hook_errors: tuple[str, ...] = ()


def run_facts(
    config: PipelineConfig,
    result: PipelineResult,
    *,
    started_at: datetime,
    failed_attempts: Mapping[str, Iterable[FailedAttempt]],
    redact: Callable[[str], str],
    run_id: str = "",
    scope: Sequence[str] = (),
    checks: Iterable[CheckResult] = (),
    tries: Iterable[TryRecord] = (),
) -> RunFacts:
    """Return the facts of the run with that `result`; `redact` removes secrets from texts of components and hooks."""
    executed = {entry.component_name: entry for entry in result.component_results}
    skipped = result.skipped_components
    components = []
    for name in config.get_execution_order():
        component = config.get_component(name)
        if name in executed:
            attempts = tuple(failed_attempts.get(name, ()))
            components.append(_executed(component, executed[name], attempts, redact))
        else:
            components.append(_skipped(component, skipped.get(name)))
    return RunFacts(
        config=config,
        status=result.status,
        started_at=started_at,
        duration_ms=result.total_duration_ms,
        components=tuple(components),
        error=redact(_named(result.error)) if result.error is not None else "",
        run_id=run_id,
        scope=tuple(scope),
        checks=tuple(replace(check, message=redact(check.message)) for check in checks),
        tries=tuple(tries),
        hook_errors=tuple(redact(str(error)) for error in result.hook_errors),
    )


def _executed(
    component: ComponentConfig,
    result: ComponentResult,
    failed_attempts: tuple[FailedAttempt, ...],
    redact: Callable[[str], str],
) -> ComponentFacts:
    return ComponentFacts(
        name=component.name,
        kind=component.component_type.value,
        class_path=component.class_path,
        description=component.description or "",
        outcome=result.outcome,
        started_ms=result.started_ms,
        duration_ms=result.duration_ms,
        retries=result.retries,
        views=result.views,
        note=redact(_named(result.error)) if result.error is not None else "",
        failed_attempts=failed_attempts,
        counts=result.counts,
        rows=result.rows,
        bytes=result.bytes,
    )


def _skipped(component: ComponentConfig, skipped: SkippedComponent | None) -> ComponentFacts:
    return ComponentFacts(
        name=component.name,
        kind=component.component_type.value,
        class_path=component.class_path,
        description=component.description or "",
        outcome=ComponentOutcome.SKIPPED,
        skip_reason=skipped.reason if skipped is not None else None,
        note=str(skipped) if skipped is not None else "not reached",
        counts=skipped.counts if skipped is not None else (),
        rows=skipped.rows if skipped is not None else None,
        bytes=skipped.bytes if skipped is not None else None,
    )


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
