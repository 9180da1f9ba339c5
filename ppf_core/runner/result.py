"""The result of a run: its components, what was skipped, and the errors of hooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from ppf_core.component import total_bytes, total_rows

from .outcome import ComponentOutcome, SkipReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ppf_core.component import DataCount

__all__ = [
    "ComponentResult",
    "HookError",
    "PipelineResult",
    "PipelineResultStatus",
    "SkipReason",
    "SkippedComponent",
]


class PipelineResultStatus(str, Enum):
    """Status of a run that has ended."""

    SUCCESS = "success"
    """Nothing failed, also when there was nothing left to run."""
    PARTIAL_SUCCESS = "partial_success"
    """Some components succeeded and some failed, also if fail-fast stopped the run after a success."""
    FAILURE = "failure"
    """Every component that ran failed, or none could run."""


class _Counted:
    """Totals of `counts`, what a component wrote."""

    counts: tuple[DataCount, ...]

    @property
    def rows(self) -> int | None:
        """Rows that the component wrote; `None` if it wrote nothing, or if any part was not counted."""
        return total_rows(self.counts)

    @property
    def bytes(self) -> int | None:
        """Bytes that the component wrote; `None` as for `rows`."""
        return total_bytes(self.counts)


@dataclass(frozen=True)
class ComponentResult(_Counted):
    """A component that was executed or restored in this try.

    Args:
        component_name: The component.
        success: Whether it succeeded.
        duration_ms: The duration of all attempts, with the waits between them.
        error: The error of its last attempt, if it failed.
        retries: The number of attempts after the first.
        replayed: Whether it ran only to define its views: an earlier try had completed it, or it was not selected.
        views: The temp views that it made or replaced, or that were restored.
        restored: Whether it did not run: its views were defined on Parquet that an earlier try had written.
        started_ms: The start of its first attempt, counted from the start of the run.
        dropped: The temp views that it dropped.
        counts: What it wrote: rows and bytes of each materialised view, written now or restored, and of each target. A
            lazy view has none, since it is not computed yet.
    """

    component_name: str
    success: bool
    duration_ms: int
    error: Exception | None = None
    retries: int = 0
    replayed: bool = False
    views: tuple[str, ...] = ()
    restored: bool = False
    started_ms: int = 0
    dropped: tuple[str, ...] = ()
    counts: tuple[DataCount, ...] = ()

    @property
    def outcome(self) -> ComponentOutcome:
        """The outcome of the component in this try."""
        if not self.success:
            return ComponentOutcome.FAILED
        if self.restored:
            return ComponentOutcome.RESTORED
        return ComponentOutcome.REPLAYED if self.replayed else ComponentOutcome.RAN


@dataclass(frozen=True)
class SkippedComponent(_Counted):
    """A component that was not executed; `cause` is the component that this is due to, if any.

    `counts` is what it wrote if an earlier try completed it, as far as the checkpoint knows.
    """

    component_name: str
    reason: SkipReason
    cause: str | None = None
    counts: tuple[DataCount, ...] = ()

    @property
    def outcome(self) -> ComponentOutcome:
        """Always `skipped`; `reason` says why."""
        return ComponentOutcome.SKIPPED

    def __str__(self) -> str:
        """Return the reason in words."""
        return f"{self.reason.description} ({self.cause})" if self.cause else self.reason.description


@dataclass(frozen=True)
class HookError:
    """An exception that a hook raised and that did not change the run.

    `hook` is the name of the hook's class, for people; `hook_type` is the class itself, to decide by.
    """

    hook: str
    callback: str
    error: Exception
    hook_type: type = object

    @classmethod
    def of(cls, hook: object, callback: str, error: Exception) -> HookError:
        """Return the record of an exception that `hook` raised in `callback`."""
        return cls(type(hook).__name__, callback, error, type(hook))

    def __str__(self) -> str:
        """Return one line for a log."""
        return f"{self.hook}.{self.callback}: {type(self.error).__name__}: {self.error}"


@dataclass
class PipelineResult:
    """The result of a run.

    `component_results` lists the components that were executed or restored in this try, in the order in which they
    finished; `skipped` lists the rest. `hook_errors` lists exceptions of hooks, for example of a checkpoint that could
    not be saved. `error` is what ended the run, if not a failed component: a hook's `StopPipeline`, a session that
    could not start, an interruption. `validation_errors` is not empty if the static checks failed.
    """

    status: PipelineResultStatus
    pipeline_name: str
    component_results: list[ComponentResult] = field(default_factory=list)
    total_duration_ms: int = 0
    skipped: list[SkippedComponent] = field(default_factory=list)
    hook_errors: list[HookError] = field(default_factory=list)
    validation_errors: list[str] = field(default_factory=list)
    error: BaseException | None = None

    def conclude(self, error: BaseException | None = None) -> None:
        """Set `status`; `error` is what ended the run, unless another error did before."""
        self.error = self.error or error
        if self.error is None and not self.failed_components:
            self.status = PipelineResultStatus.SUCCESS
        elif self.completed_components:
            self.status = PipelineResultStatus.PARTIAL_SUCCESS
        else:
            self.status = PipelineResultStatus.FAILURE

    @property
    def completed_components(self) -> list[str]:
        """Names of the components that succeeded in this run, in the order in which they finished."""
        return [
            result.component_name
            for result in self.component_results
            if result.success and not result.restored
        ]

    @property
    def counts(self) -> dict[str, tuple[DataCount, ...]]:
        """The counts of each component that this try executed or restored, or that an earlier try completed."""
        earlier = [skip for skip in self.skipped if skip.reason is SkipReason.COMPLETED]
        entries: list[ComponentResult | SkippedComponent] = [*self.component_results, *earlier]
        return {entry.component_name: entry.counts for entry in entries}

    @property
    def failed_components(self) -> list[tuple[str, Exception]]:
        """Names and errors of the components that failed in this run."""
        return [
            (result.component_name, result.error)
            for result in self.component_results
            if not result.success and result.error is not None
        ]

    @property
    def replayed_components(self) -> list[str]:
        """Names of the components that ran only to define their views: completed before, or not selected."""
        return [result.component_name for result in self.component_results if result.replayed]

    @property
    def restored_components(self) -> list[str]:
        """Names of the components whose views were restored from Parquet, without running anything again."""
        return [
            result.component_name for result in self.component_results if result.success and result.restored
        ]

    @property
    def skipped_components(self) -> Mapping[str, SkippedComponent]:
        """The skipped components by name."""
        return {skipped.component_name: skipped for skipped in self.skipped}
