"""Hook that writes the run report when the run is over."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from ppf_core.clock import Now, utc_now
from ppf_core.runner.hooks import NoOpHooks

from .facts import FailedAttempt, run_facts
from .page import report_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner.checkpoint import CheckpointStore, TryRecord
    from ppf_core.runner.quality_hooks import DataQualityHooks
    from ppf_core.runner.result import PipelineResult

    from .destination import ReportDestination

__all__ = ["ReportHooks"]

logger = logging.getLogger(__name__)


class ReportHooks(NoOpHooks):
    """Writes the report of a run when it is over, however it ended.

    Put it after the other hooks, so that their results and errors are in the report.

    Args:
        destination: Takes the page.
        redact: Removes secrets from texts of components and hooks.
        quality: Has the results of quality checks.
        store: Has the run's checkpoint, with the history of its tries.
        run_id: The run in that store.
        scope: The scope in which `run_id` is unique, if not everywhere.
        now_func: Returns the time of day.
    """

    def __init__(
        self,
        destination: ReportDestination,
        *,
        redact: Callable[[str], str] = str,
        quality: DataQualityHooks | None = None,
        store: CheckpointStore | None = None,
        run_id: str | None = None,
        scope: Sequence[str] = (),
        now_func: Now | None = None,
    ) -> None:
        self._destination = destination
        self._redact = redact
        self._quality = quality
        self._store = store
        self._run_id = run_id
        self._scope = tuple(scope)
        self._now = now_func or utc_now
        self._started_at = self._now()
        self._failed_attempts: defaultdict[str, list[FailedAttempt]] = defaultdict(list)

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Forget the previous run."""
        self._started_at = self._now()
        self._failed_attempts.clear()

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Keep why the attempt failed."""
        text = self._redact(f"{type(error).__name__}: {error}")
        self._failed_attempts[config.name].append(FailedAttempt(attempt, delay_ms, text))

    def after_pipeline(self, config: PipelineConfig, result: PipelineResult) -> None:
        """Write the page."""
        facts = run_facts(
            config,
            result,
            started_at=self._started_at,
            failed_attempts=self._failed_attempts,
            redact=self._redact,
            run_id=self._run_id or "",
            scope=self._scope,
            checks=self._quality.results if self._quality is not None else (),
            tries=self._tries(config),
        )
        self._destination.write(report_page(facts, self._destination.page_of_try))

    def _tries(self, config: PipelineConfig) -> Sequence[TryRecord]:
        if self._store is None or self._run_id is None:
            return ()
        try:
            state = self._store.load(self._run_id, config.name)
        except Exception as error:  # noqa: BLE001 - without the store the report still says why this try ended
            logger.warning("The run report omits the run's tries: %s", error)
            return ()
        return state.tries if state is not None else ()
