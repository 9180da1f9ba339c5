"""The progress of a run, component by component."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ppf_core.runner import Action, ComponentOutcome, ComponentPhase, NoOpHooks

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from ppf_core.clock import Clock
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner import PipelineResult, Plan
    from ppf_core.session import JobProgress

__all__ = ["ComponentProgress", "Progress", "bytes_text", "first_line", "seconds_text"]


@dataclass
class ComponentProgress:
    """One component; `began` is a clock reading, `duration_ms` is known once the component has run or failed.

    `jobs` is the progress of its Spark jobs while it runs.
    """

    name: str
    is_replay: bool = False
    state: ComponentPhase | ComponentOutcome = ComponentPhase.WAITING
    began: float | None = None
    duration_ms: int | None = None
    retries: int = 0
    note: str = ""
    jobs: str = ""

    @property
    def is_over(self) -> bool:
        """Whether the component has its outcome."""
        return isinstance(self.state, ComponentOutcome)

    @property
    def is_active(self) -> bool:
        """Whether the component runs now."""
        return self.state in (ComponentPhase.RUNNING, ComponentPhase.REPLAYING)


class Progress(NoOpHooks):
    """A hook that keeps the state of each component; displays inherit from it.

    `result` is the result of the run once it has ended, also after an interruption, when `run` returns none.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self.clock = clock
        self.began = clock()
        self.components: dict[str, ComponentProgress] = {}
        self.plan: Plan | None = None
        self.result: PipelineResult | None = None

    def __enter__(self) -> Self:
        """Start the display."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the display."""

    def on_plan(self, plan: Plan) -> None:
        """Keep all components, with those that the plan skips."""
        self.plan = plan
        components = {}
        for step in plan.steps:
            row = ComponentProgress(step.component.name, is_replay=step.action is Action.REPLAY)
            if step.action is Action.SKIP:
                row.state, row.note = ComponentOutcome.SKIPPED, step.reason
            components[row.name] = row
        self.components = components  # at once, since another thread may be drawing

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Mark the component as running."""
        row = self.components[config.name]
        row.began = self.clock()
        row.state = ComponentPhase.REPLAYING if row.is_replay else ComponentPhase.RUNNING

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Mark the component as successful."""
        row = self.components[config.name]
        row.duration_ms, row.note, row.jobs = duration_ms, "", ""
        row.state = ComponentOutcome.REPLAYED if row.is_replay else ComponentOutcome.RAN

    def on_component_progress(self, config: ComponentConfig, progress: JobProgress, elapsed_ms: int) -> None:
        """Keep the progress of its Spark jobs."""
        self.components[config.name].jobs = str(progress)

    def on_component_restored(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Mark the component as restored."""
        row = self.components[config.name]
        row.state = ComponentOutcome.RESTORED
        row.note = ", ".join(views) or "dropped again what it had dropped"

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Mark the component as failed."""
        row = self.components[config.name]
        row.duration_ms = round((self.clock() - row.began) * 1000) if row.began is not None else None
        row.state, row.note, row.jobs = ComponentOutcome.FAILED, first_line(error), ""

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Keep why the attempt failed."""
        row = self.components[config.name]
        row.retries = attempt
        row.note = f"attempt {attempt} of {max_attempts} failed: {first_line(error)}"

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Keep the result."""
        self.result = result


def first_line(error: BaseException) -> str:
    """Return class and first line of an error; Spark's have hundreds of lines."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def seconds_text(milliseconds: float) -> str:
    """Return a duration such as `0.3 s`, `12.3 s`, `4 min 05 s` or `1 h 02 min`."""
    seconds = milliseconds / 1000
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def bytes_text(size: float) -> str:
    """Return a size such as `512 B`, `12.3 kB` or `4.0 GB`, in powers of 1000."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.95:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
