"""The progress of a run as lines, for a log or a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from ppf_core.runner import Action

from .progress import Progress, first_line, seconds_text

if TYPE_CHECKING:
    from ppf_core.config import ComponentConfig
    from ppf_core.runner import Plan
    from ppf_core.session import JobProgress

__all__ = ["PlainProgress"]


class PlainProgress(Progress):
    """Prints a line to `stream` for each event of a run."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream
        self._total = 0

    def on_plan(self, plan: Plan) -> None:
        """Print how many components run, and how many are restored, replayed and skipped."""
        super().on_plan(plan)
        self._total = plan.total
        counts = {action: len(plan.names(action)) for action in Action}
        self._say(
            f"{counts[Action.RUN]} components to run, {counts[Action.RESTORE]} to restore, "
            f"{counts[Action.REPLAY]} to replay, {counts[Action.SKIP]} to skip"
        )

    def before_component(self, config: ComponentConfig, index: int, total: int) -> None:
        """Print which component starts."""
        super().before_component(config, index, total)
        self._say(f"{self._position(index)} {config.name} {self.components[config.name].state.value}")

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        """Print how long the component took."""
        super().after_component(config, index, total, duration_ms)
        state = self.components[config.name].state.value
        self._say(f"{self._position(index)} {config.name} {state} in {seconds_text(duration_ms)}")

    def on_component_progress(self, config: ComponentConfig, progress: JobProgress, elapsed_ms: int) -> None:
        """Print the progress of the component's Spark jobs."""
        super().on_component_progress(config, progress, elapsed_ms)
        state = self.components[config.name].state.value
        self._say(f"{config.name} {state} for {seconds_text(elapsed_ms)}: {progress}")

    def on_component_restored(self, config: ComponentConfig, views: tuple[str, ...]) -> None:
        """Print which views were restored."""
        super().on_component_restored(config, views)
        row = self.components[config.name]
        self._say(f"{config.name} {row.state.value}: {row.note}")

    def on_component_failure(self, config: ComponentConfig, index: int, error: Exception) -> None:
        """Print why the component failed."""
        super().on_component_failure(config, index, error)
        self._say(f"{self._position(index)} {config.name} failed: {first_line(error)}")

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Print why the attempt failed, and when the next one starts."""
        super().on_retry_attempt(config, attempt, max_attempts, delay_ms, error)
        self._say(f"{config.name}: {self.components[config.name].note}; next in {seconds_text(delay_ms)}")

    def _position(self, index: int) -> str:
        return f"[{index + 1}/{self._total}]"

    def _say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)
