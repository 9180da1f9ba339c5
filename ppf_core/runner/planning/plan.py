"""Plan of a run: which components run, are restored, replayed or skipped, and why."""

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
    """Action of a plan for one component."""

    RUN = "run"
    RESTORE = "restore"
    REPLAY = "replay"
    SKIP = "skip"


@dataclass(frozen=True)
class PlanStep:
    """One component's place in the run.

    `index` is its zero-based position among the enabled components in execution order, -1 for a disabled component.
    `skip` is the reason for programs if it is skipped; `reason` explains any action in words. For a restored component,
    `views` are defined and `drops` are dropped; `counts` is how much it has written.
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
    """All components in execution order; `total` counts the enabled components."""

    steps: tuple[PlanStep, ...]
    total: int
    completed: CompletedComponents

    def names(self, action: Action) -> list[str]:
        """Return the components with this action, in execution order."""
        return [step.component.name for step in self.steps if step.action is action]


def make_plan(
    config: PipelineConfig,
    completed: Set[str] = frozenset(),
    restorable: Set[str] = frozenset(),
    selected: SelectedComponents | None = None,
    elsewhere: Set[str] = frozenset(),
) -> Plan:
    """Decide what to do with each component when `completed` are done already.

    Temp views live in one Spark session, which a new process does not have. A completed component is therefore
    replayed if it made views and a component downstream of it still has to run. A sink is never replayed and passes
    no views on, so a component that is needed only through sinks is not replayed. Downstream of a disabled component
    nothing runs, directly or indirectly, as in a new run, so nothing there is replayed either. Quality checks of the
    config at the end of the pipeline read views too. A plain set of names has no views and replays nothing.

    A component that is not selected does not run, unless it is no sink and a component that runs may read its views:
    then it is replayed. A forced component runs as if it had never completed. If any component is left out, the
    quality checks at the end of the pipeline are not made and need no views.

    A needed component whose views can be restored is restored instead of replayed, and then needs nothing upstream:
    a reader of an upstream view must itself depend on the component that makes it. If other runs have completed
    parts of the pipeline, all upstream views are restored, because only those runs can have kept them.

    Views that a completed component had dropped are dropped again at its turn, if a component before it has brought
    them back; that counts as restoring.

    Args:
        config: The pipeline.
        completed: Names, best as `CompletedComponents`; names that the pipeline lacks are ignored.
        restorable: Completed components whose materialised views were verified.
        selected: The components that the run is for; all (default).
        elsewhere: Completed components that other runs, for other parts of the pipeline, have completed.

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
    """Return the skipped components, and all that are disabled or downstream of a disabled component."""
    skipped: dict[str, SkippedComponent] = {}
    disabled: dict[
        str, str
    ] = {}  # each disabled component and those downstream of it, with the disabled component
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
    """Return the completed components whose views a check at the end of the pipeline reads, with the check's name."""
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
    """Return whether the component is not selected and is not replayed for its views either."""
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
    """Return each component whose views a component that runs may read, with the name of such a reader."""
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
    """Yield the steps; a step that had dropped a view which an earlier step brings back drops it again.

    `recorded` is everything that earlier tries completed, `known` leaves out the components that run again.
    """
    back: set[str] = set()
    for position, step in enumerate(steps):
        name = step.component.name
        if step.action is not Action.SKIP:
            back.update(recorded.record(name).views)
        drops = tuple(
            view
            for view in known.record(name).dropped
            if view in back and not _is_dropped_later(view, steps[position + 1 :], known)
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
    """Return whether a later component is on record for the same drop: both ran in parallel, and either did it."""
    for step in later:
        record = known.record(step.component.name)
        if view in record.dropped:
            return True
        if view in record.views:
            return False
    return False
