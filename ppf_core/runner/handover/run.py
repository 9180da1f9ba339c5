"""Hand-overs of one run: which are on record, written, published, restored and removed."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from ppf_core.config import ConfigError, Problem
from ppf_core.runner.completed import HandOverRecord
from ppf_core.runner.result import PipelineResultStatus

from .errors import HandOverDamagedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Set

    from ppf_core.component import DataCount
    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.runner.completed import CompletedComponents
    from ppf_core.runner.result import PipelineResult

    from .handover import HandOver, Redefining
    from .published import PublishedViews

__all__ = ["RunHandOver"]

logger = logging.getLogger(__name__)


class RunHandOver:
    """Hand-overs of one run, its own and those of earlier tries.

    Args:
        config: The pipeline.
        handover: Where to; `None` where there is no root.
        completed: What earlier tries completed and wrote.
        resumable: Whether a later try can go on, that is whether there is a checkpoint.
        elsewhere: What other runs, of other parts of the pipeline, have completed and handed over in the same place.
        published: Where views are handed on besides; `None` where no session is shared.
    """

    def __init__(
        self,
        config: PipelineConfig,
        handover: HandOver | None,
        completed: CompletedComponents,
        *,
        resumable: bool,
        elsewhere: Set[str] | None = None,
        published: PublishedViews | None = None,
    ) -> None:
        self._config = config
        self._handover = handover
        self._completed = completed
        self._resumable = resumable
        self._shared = elsewhere is not None
        self._elsewhere = elsewhere or set()
        self._published = published
        self._written: dict[str, HandOverRecord] = {}

    def require_place(self) -> None:
        """Refuse to run if views are to be written and there is no hand-over root.

        Raises:
            ConfigError: a component materialises its views and `checkpoint.root` is not set.
        """
        if self._handover is None and (wanting := self._materialized()):
            message = (
                f"expected a folder, or an address that Spark can write to, since {', '.join(wanting)} "
                f"{'materialize' if len(wanting) > 1 else 'materializes'}; got none"
            )
            raise ConfigError([Problem("checkpoint.root", message)])

    def check_sharing(self, running: Iterable[ComponentConfig]) -> None:
        """Refuse a hand-over root that Spark's executors do not share with this process, if it will be written to.

        Args:
            running: The components that run, or run again, in this try.

        Raises:
            ConfigError: executors cannot read or write the hand-over root.
        """
        if self._handover is not None and any(map(self.covers, running)):
            self._handover.check_sharing()

    def covers(self, component: ComponentConfig) -> bool:
        """Return whether the component's views are to be written."""
        return self._handover is not None and self._config.materializes(component)

    def write(self, component: ComponentConfig, views: Iterable[str], redefining: Redefining) -> None:
        """Write the views and go on from what was written, as `HandOver.write`. No views, nothing to do."""
        views = tuple(views)
        if views and self._handover is not None:
            record = self._handover.write(component, views, redefining)
            if record is not None:
                self._written[component.name] = record

    def publish(self, component: ComponentConfig, views: Collection[str]) -> None:
        """Let the processes that share a session have the views of a component that has succeeded.

        Views that this run replays because another run's are gone take their place for downstream runs.
        """
        if self._published is None or not views:
            return
        if component.name in self._elsewhere:
            earlier = self._completed.record(component.name)
            if earlier.handover is not None and earlier.handover.session:
                self._published.publish(component, earlier.views, earlier.handover.session)
        elif token := self._published.publish(component, views):
            written = self._written.get(component.name)
            self._written[component.name] = (
                replace(written, session=token) if written is not None else HandOverRecord(session=token)
            )

    def written(self, component: ComponentConfig) -> HandOverRecord | None:
        """Return where the component's views were written or published in this run; None if they were not."""
        return self._written.get(component.name)

    def counts(self, component: ComponentConfig) -> tuple[DataCount, ...]:
        """Return how much of the component was written or restored in this run."""
        return self._handover.counts.get(component.name, ()) if self._handover is not None else ()

    def verify(self, name: str, *, may_start_spark: bool = True) -> None:
        """Look whether the component's views can be restored.

        A look that would need a session, where it must not start one, is left to the run itself.

        Raises:
            HandOverDamagedError: they cannot.
        """
        record, views = self._recorded(name)
        if record.session and self._published is not None:
            if not may_start_spark or self._published.holds(name, record.session, views):
                return
            logger.warning("The shared session does not have the views of component %r any more", name)
        handover = self._place_for(name)
        if not record.is_written:
            raise HandOverDamagedError(name, "it was not written, only shared, and that session is gone")
        if may_start_spark or not handover.needs_spark:
            handover.verify(name, record, views)

    def restore(self, component: ComponentConfig, redefining: Redefining) -> None:
        """Define the component's views on what was shared, or else on what was written, as `HandOver.restore`."""
        name = component.name
        record, views = self._recorded(name)
        if self._published is not None and self._published.holds(name, record.session, views):
            self._published.define(name, record.session, views, redefining)
            return
        self._place_for(name).restore(name, record, views, redefining)

    def end(self, result: PipelineResult, *, recorded: bool) -> None:
        """Remove the hand-overs that nothing needs any more; `recorded`: whether the checkpoint could be saved."""
        if self._handover is None or not (self._on_record() or self._materialized()):
            return
        succeeded = result.status is PipelineResultStatus.SUCCESS
        if self._resumable and (not succeeded or not recorded):
            return
        if self._shared and (not succeeded or self._config.checkpoint.keep):
            return  # others still need theirs, and which those are is not known here
        if succeeded and self._config.checkpoint.keep:
            # By name: a component that ran again has a new hand-over, which replaces the old one on record.
            self._handover.remove_all_but({**self._on_record(), **self._written}.values())
        else:
            self._handover.remove()

    def _recorded(self, name: str) -> tuple[HandOverRecord, tuple[str, ...]]:
        record = self._completed.record(name)
        if record.handover is None:
            raise HandOverDamagedError(name, "nothing on record says where its views are")
        return record.handover, record.views

    def _on_record(self) -> dict[str, HandOverRecord]:
        """Return the hand-overs of earlier tries, by component."""
        return {
            name: record.handover
            for name, record in self._completed.records.items()
            if record.handover is not None
        }

    def _materialized(self) -> list[str]:
        return [
            component.name
            for component in self._config.components
            if component.enabled and self._config.materializes(component)
        ]

    def _place_for(self, name: str) -> HandOver:
        if self._handover is None:
            raise HandOverDamagedError(name, "checkpoint.root is not set any more")
        return self._handover
