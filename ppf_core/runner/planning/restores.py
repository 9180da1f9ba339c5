"""The plan of a run that restores what it can."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ppf_core.runner.handover.errors import HandOverDamagedError

from .plan import Action, Plan, make_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Set

    from ppf_core.config import PipelineConfig
    from ppf_core.runner.completed import CompletedComponents

    from .selection import SelectedComponents

__all__ = ["plan_with_restores"]

logger = logging.getLogger(__name__)


def plan_with_restores(
    config: PipelineConfig,
    completed: CompletedComponents,
    verify: Callable[[str], None],
    selected: SelectedComponents | None = None,
    elsewhere: Set[str] = frozenset(),
) -> Plan:
    """The plan in which a completed component is restored if its hand-over is sound, and replayed if it is not.

    Only what would be restored is looked at: a replay in the place of a restore may need more of what is upstream,
    so the plan is made again until all its restores are known to be sound.

    Args:
        config: The pipeline.
        completed: What earlier tries completed, with their views and hand-overs.
        verify: Raises `HandOverDamagedError` if the hand-over of the component of that name cannot be restored.
        selected: What the run is for; everything by default.
        elsewhere: Those of the completed that are for other runs to run. What they have written is not made again in
            this one; what they only had in a session that is shared is.

    Raises:
        HandOverDamagedError: what was written of a component which ran elsewhere cannot be restored.
    """
    restorable, sound = (
        {name for name, record in completed.records.items() if record.handover is not None},
        set[str](),
    )
    while True:
        plan = make_plan(config, completed, restorable, selected, elsewhere)
        restored = [
            step.component.name for step in plan.steps if step.action is Action.RESTORE and step.views
        ]
        unchecked = [name for name in restored if name not in sound]
        if not unchecked:
            return plan
        for name in unchecked:
            try:
                verify(name)
            except HandOverDamagedError as error:
                if name in elsewhere and _is_written(completed, name):
                    raise
                logger.warning("%s; the component is replayed", error)
                restorable.discard(name)
            else:
                sound.add(name)


def _is_written(completed: CompletedComponents, name: str) -> bool:
    handover = completed.record(name).handover
    return handover is not None and handover.is_written
