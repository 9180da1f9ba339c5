"""What a run will do, before it does it: which components run, run again, or are left alone, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from ppf_core.config import ComponentType
from ppf_core.runner.completed import CompletedComponents
from ppf_core.runner.result import SkippedComponent, SkipReason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from ppf_core.component import DataCount
    from ppf_core.config import ComponentConfig, PipelineConfig

    from .selection import SelectedComponents

__all__ = ["Action", "Plan", "PlanStep", "make_plan"]


class Action(str, Enum):
    """What is done with a component."""

    RUN = "run"
    RESTORE = "restore"
    REPLAY = "replay"
    SKIP = "skip"


@dataclass(frozen=True)
class PlanStep:
    """One component's place in the run.

    `index` is its zero-based place among the enabled components in execution order, -1 for a disabled one.
    `skip` tells why it is skipped; `reason` tells any action's why in words. Of a component that is restored, `views`
    are to be defined and `drops` to be dropped; `counts` tells how much it has written.
    """

    component: ComponentConfig
    index: int
    action: Action
    reason: str
    skip: SkippedComponent | None = None
    views: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    counts: tuple[DataCount, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All components in execution order; `total` counts the enabled ones."""

    steps: tuple[PlanStep, ...]
    total: int
    completed: CompletedComponents

    def names(self, action: Action) -> list[str]:
        """The components with this action, in execution order."""
        return [step.component.name for step in self.steps if step.action is action]


def make_plan(
    config: PipelineConfig,
    completed: Set[str] = frozenset(),
    restorable: Set[str] = frozenset(),
    selected: SelectedComponents | None = None,
    elsewhere: Set[str] = frozenset(),
) -> Plan:
    """Decide what to do with each component when `completed` are done already.

    Temp views live in one Spark session, which a new process does not have. So a completed component is replayed
    if it made views and something that still has to run lies downstream of it. A sink is never replayed, and hands
    no views on: what lies only behind sinks keeps nothing upstream of them alive. Behind a disabled component
    nothing runs, however far behind, just as in a run that starts from nothing; so nothing there is replayed. The
    config's own quality checks at the end of the pipeline read views too. A plain set, which knows of no views,
    replays nothing.

    What is not selected does not run, unless something that runs may read its views: then it does, if it is no sink,
    as a replay. What is forced runs as if it had never completed. Where anything is left out, the quality checks at
    the end of the pipeline are not made, and need no views.

    A component in need whose views can be restored is restored instead, and asks for nothing upstream of it: what
    reads a view from further up must itself depend on its maker. Not so where each component runs in a process of
    its own: all views upstream are restored there, since nobody but the runs before could have kept them.

    What a completed component had dropped is dropped again when its turn comes, if something before it has made it
    again: that counts as restoring, too.

    Args:
        config: The pipeline.
        completed: Names, best as `CompletedComponents`; names that the pipeline lacks are ignored.
        restorable: Those of them whose materialised views were found to be whole.
        selected: What the run is for; everything by default.
        elsewhere: Those of the completed that other runs, of other parts of the pipeline, have completed.

    Raises:
        DependencyCycleError: components depend on each other in a circle.
        UnknownComponentError: a component depends on one that the pipeline lacks.
    """
    recorded = completed if isinstance(completed, CompletedComponents) else CompletedComponents(completed)
    known = recorded
    if selected is not None and selected.forced:
        known = known.without(selected.forced)
    order = [config.get_component(name) for name in config.get_execution_order()]
    for component in order:
        for name in component.depends_on:
            config.get_component(name)  # the order leaves out what is not there; a run must not

    skipped, switched_off = _skipped(order, known, selected.names if selected is not None else None)
    restorable = {name for name in restorable if name in known and known.record(name).views}
    needed = _needed(order, skipped, {}, restorable, elsewhere)
    read_by_checks = _read_by_checks(config, known, switched_off)
    if read_by_checks and not any(_is_left_out(component, skipped, needed) for component in order):
        needed = _needed(order, skipped, read_by_checks, restorable, elsewhere)
    steps: list[PlanStep] = []
    index = -1
    for component in order:
        index += component.enabled
        steps.append(_step(component, index if component.enabled else -1, skipped, needed, known, restorable))
    return Plan(tuple(_with_drops(steps, recorded, known)), index + 1, known)


def _makes_views(component: ComponentConfig, completed: CompletedComponents) -> bool:
    return bool(completed.record(component.name).views) and component.component_type is not ComponentType.SINK


def _skipped(
    order: list[ComponentConfig], completed: CompletedComponents, selected: Set[str] | None
) -> tuple[dict[str, SkippedComponent], Set[str]]:
    """What is skipped; and which components are disabled or behind a disabled one, completed or not."""
    skipped: dict[str, SkippedComponent] = {}
    disabled: dict[str, str] = {}  # each component that is disabled or behind a disabled one, with that one
    for component in order:
        name = component.name
        cause = next((disabled[upstream] for upstream in component.depends_on if upstream in disabled), None)
        if not component.enabled:
            disabled[name] = name
            skipped[name] = SkippedComponent(name, SkipReason.DISABLED)
            continue
        if cause is not None:
            disabled[name] = cause
        if name in completed:
            skipped[name] = SkippedComponent(name, SkipReason.COMPLETED, counts=completed.record(name).counts)
        elif cause is not None:
            skipped[name] = SkippedComponent(name, SkipReason.UPSTREAM_DISABLED, cause)
        elif selected is not None and name not in selected:
            skipped[name] = SkippedComponent(name, SkipReason.NOT_SELECTED)
    return skipped, disabled.keys()


def _read_by_checks(
    config: PipelineConfig, completed: CompletedComponents, switched_off: Set[str]
) -> dict[str, str]:
    """Each completed component whose views a check at the end of the pipeline reads, with what to call the check."""
    read: dict[str, str] = {}
    for check in config.quality.checks:
        if check.effective_timing == "after_pipeline":
            words = set(re.findall(r"\w+", check.query or "")) | {check.table}
            for name, record in completed.records.items():
                if name not in switched_off and words.intersection(record.views):
                    read.setdefault(name, f"quality check {check.effective_name}")
    return read


def _is_left_out(
    component: ComponentConfig, skipped: Mapping[str, SkippedComponent], needed: Mapping[str, str]
) -> bool:
    """Whether it is not selected, and does not run for the sake of its views either."""
    skip = skipped.get(component.name)
    if skip is None or skip.reason is not SkipReason.NOT_SELECTED:
        return False
    return component.name not in needed or component.component_type is ComponentType.SINK


def _needed(
    order: list[ComponentConfig],
    skipped: Mapping[str, SkippedComponent],
    read_by_checks: Mapping[str, str],
    restorable: Set[str],
    elsewhere: Set[str],
) -> dict[str, str]:
    """Each component whose views something that still runs may read, with the name of one such."""
    needed = dict(read_by_checks)
    for component in reversed(order):
        if component.name not in skipped:
            reader = component.name
        elif component.name in elsewhere:
            if component.name not in needed:
                continue
            reader = needed[component.name]
        elif component.name in restorable:
            continue
        elif component.name in needed and component.component_type is not ComponentType.SINK:
            reader = needed[component.name]
        else:
            continue
        for name in component.depends_on:
            needed.setdefault(name, reader)
    return needed


def _step(
    component: ComponentConfig,
    index: int,
    skipped: Mapping[str, SkippedComponent],
    needed: Mapping[str, str],
    completed: CompletedComponents,
    restorable: Set[str],
) -> PlanStep:
    skip = skipped.get(component.name)
    if skip is None:
        return PlanStep(component, index, Action.RUN, "has not completed yet" if completed else "first run")
    reader = needed.get(component.name)
    if skip.reason is SkipReason.NOT_SELECTED and not _is_left_out(component, skipped, needed):
        reason = f"not selected, but {reader} may read its views"
        return PlanStep(component, index, Action.REPLAY, reason)
    completed_before = skip.reason is SkipReason.COMPLETED
    if completed_before and reader and _makes_views(component, completed):
        views = completed.record(component.name).views
        reason = f"{reader} may read its view{'s' * (len(views) > 1)} {', '.join(views)}"
        if component.name in restorable:
            return PlanStep(component, index, Action.RESTORE, reason, views=views, counts=skip.counts)
        return PlanStep(component, index, Action.REPLAY, reason)
    return PlanStep(component, index, Action.SKIP, str(skip), skip)


def _with_drops(
    steps: list[PlanStep], recorded: CompletedComponents, known: CompletedComponents
) -> Iterator[PlanStep]:
    """The steps, those that had dropped a view which a step before them brings back dropping it again.

    `recorded` is all that earlier tries have completed, `known` leaves out what runs in spite of that.
    """
    back: set[str] = set()
    for place, step in enumerate(steps):
        name = step.component.name
        if step.action is not Action.SKIP:
            back.update(recorded.record(name).views)
        drops = tuple(
            view
            for view in known.record(name).dropped
            if view in back and not _is_dropped_later(view, steps[place + 1 :], known)
        )
        is_left_alone = step.skip is not None and step.skip.reason is SkipReason.COMPLETED
        if drops and (is_left_alone or step.action is Action.RESTORE):
            back.difference_update(drops)
            words = f"it had dropped the view{'s' * (len(drops) > 1)} {', '.join(drops)}"
            reason = words if is_left_alone else f"{step.reason}; {words}"
            counts = step.skip.counts if step.skip is not None else step.counts
            yield replace(step, action=Action.RESTORE, reason=reason, skip=None, drops=drops, counts=counts)
        else:
            yield step


def _is_dropped_later(view: str, later: list[PlanStep], known: CompletedComponents) -> bool:
    """Whether a later component is on record for the same drop: they ran side by side, and one of them did it."""
    for step in later:
        record = known.record(step.component.name)
        if view in record.dropped:
            return True
        if view in record.views:
            return False
    return False
