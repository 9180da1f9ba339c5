"""Plan with verified restores: a damaged hand-over becomes a replay."""

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
    """Return the plan that restores completed components whose hand-overs are intact and replays the others.

    Only hand-overs that would be restored are verified. A replay in place of a restore may need more upstream views,
    so the plan is made again until all its restores are verified.

    Args:
        config: The pipeline.
        completed: The components that earlier tries completed, with their records.
        verify: Raises `HandOverDamagedError` if the hand-over of the component of that name cannot be restored.
        selected: The components that the run is for; all (default).
        elsewhere: Completed components that belong to other runs. Views that those have written are not computed
            again here; views that they had in a shared session only are.

    Raises:
        HandOverDamagedError: views that another run has written cannot be restored.
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
