"""Gathers what a report needs while a pipeline runs, and writes it at the end."""

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

    from .place import ReportPlace

__all__ = ["ReportHooks"]

logger = logging.getLogger(__name__)


class ReportHooks(NoOpHooks):
    """Writes the report of a run when it is over, however it ended.

    Put it behind the other hooks, so that what they find and what they fail at is in the report.

    Args:
        place: Takes the page.
        redact: Takes secrets out of texts that components and hooks have written.
        quality: Where the results of quality checks are.
        store: Where the run's checkpoint is, which knows its tries.
        run_id: The run in that store.
        scope: Where `run_id` is unique, if not everywhere.
        now_func: The time of day.
    """

    def __init__(
        self,
        place: ReportPlace,
        *,
        redact: Callable[[str], str] = str,
        quality: DataQualityHooks | None = None,
        store: CheckpointStore | None = None,
        run_id: str | None = None,
        scope: Sequence[str] = (),
        now_func: Now | None = None,
    ) -> None:
        self._place = place
        self._redact = redact
        self._quality = quality
        self._store = store
        self._run_id = run_id
        self._scope = tuple(scope)
        self._now = now_func or utc_now
        self._started_at = self._now()
        self._failed_attempts: defaultdict[str, list[FailedAttempt]] = defaultdict(list)

    def before_pipeline(self, config: PipelineConfig) -> None:
        """Forget the last run."""
        self._started_at = self._now()
        self._failed_attempts.clear()

    def on_retry_attempt(
        self, config: ComponentConfig, attempt: int, max_attempts: int, delay_ms: int, error: Exception
    ) -> None:
        """Keep why the try failed."""
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
        self._place.write(report_page(facts, self._place.page_of_try))

    def _tries(self, config: PipelineConfig) -> Sequence[TryRecord]:
        if self._store is None or self._run_id is None:
            return ()
        try:
            state = self._store.load(self._run_id, config.name)
        except Exception as error:  # noqa: BLE001 - the store may be out of reach, and why this try ended is told here
            logger.warning("The run report leaves the run's tries out: %s", error)
            return ()
        return state.tries if state is not None else ()
