"""Planning of a pipeline's tasks, their groups and their upstream tasks; needs no Airflow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from airflow_ppf.dags.task_ids import FIRST_TASK, LAST_TASK, SESSION_TASK, task_id
from airflow_ppf.dags.task_plan import TaskPlan
from airflow_ppf.pipeline_file.connect_server import NO_DRIVER, NO_SERVER, has_server
from ppf_core.config import Problem, did_you_mean, find_cycle, path_text, topological_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ppf_core.config import ComponentConfig, PipelineConfig

__all__ = ["plan_tasks", "task_problems"]


def plan_tasks(config: PipelineConfig, settings: Mapping[str, Any]) -> list[TaskPlan]:
    """Return the tasks of a pipeline that has no `task_problems`, each after its upstream tasks.

    Args:
        config: The pipeline.
        settings: Its `airflow` block, as plain values.
    """
    if settings.get("granularity") != "component":
        return [_whole_pipeline(config, settings)]
    own = settings.get("tasks", {})
    members = _members(config, settings.get("groups", {}))
    upstream = _upstream(config, members)
    tasks = [_task(config, name, members[name], upstream[name], own) for name in topological_order(upstream)]
    tasks = _with_ends(config, settings, tasks)
    if settings.get("shared_session"):
        # Downstream of every task: the last one alone is marked upstream_failed at the first failure, while others
        # still run in the session.
        tasks.append(TaskPlan(SESSION_TASK, upstream=[task.task_id for task in tasks], ends_session=True))
    return tasks


def task_problems(config: PipelineConfig, settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems of granularity, groups and tasks in an otherwise valid pipeline."""
    if settings.get("granularity") == "component" and config.checkpoint.root is None:
        yield Problem(
            "airflow.granularity",
            "expected a checkpoint.root too, a folder or an address that all workers share, where tasks write the "
            "views that later tasks need; got none",
        )
    shares = settings.get("granularity") == "component" and settings.get("shared_session")
    if shares and not has_server(config.spark) and "conn_id" not in settings:
        yield Problem("airflow.shared_session", NO_SERVER)
    if shares and settings.get("submit"):
        yield Problem("airflow.shared_session", NO_DRIVER)
    groups, tasks = settings.get("groups", {}), settings.get("tasks", {})
    names = {component.name for component in config.components}
    group_of: dict[str, str] = {}
    wrong = False
    for group, members in groups.items():
        for problem in _group_problems(group, members, names, group_of):
            wrong = True
            yield Problem(path_text(("airflow", "groups", group)), problem)
    for name, own in tasks.items():
        path = path_text(("airflow", "tasks", name))
        if name not in names | groups.keys():
            near = did_you_mean(name, names | groups.keys())
            yield Problem(path, f'expected the name of a component or of a group, got "{name}"{near}')
        elif name in group_of and (misplaced := [key for key in own if key not in ("inlets", "outlets")]):
            yield Problem(
                path,
                f"expected inlets and outlets only, got {', '.join(misplaced)}; the component runs in the task of the "
                f'group "{group_of[name]}", so set them in airflow.tasks.{group_of[name]}',
            )
    if not wrong and groups:
        yield from _cycle(config, groups, group_of)


def _group_problems(
    group: str, members: list[str], names: set[str], group_of: dict[str, str]
) -> Iterator[str]:
    if group in names:
        yield f'expected a name that no component has, got "{group}"'
    if not members:
        yield "expected names of components, got none"
    for member in members:
        if member not in names:
            yield f'expected the name of a component, got "{member}"{did_you_mean(member, names)}'
        elif group_of.get(member) == group:
            yield f'expected each component once, got "{member}" twice'
        elif member in group_of:
            yield f'expected components that are in no other group, got "{member}", which is in "{group_of[member]}"'
        group_of.setdefault(member, group)


def _cycle(
    config: PipelineConfig, groups: Mapping[str, Any], group_of: Mapping[str, str]
) -> Iterator[Problem]:
    # Disabled components count too: enabling a component must not break a valid file.
    upstream: dict[str, set[str]] = {}
    for component in config.components:
        task = group_of.get(component.name, component.name)
        upstream.setdefault(task, set()).update(group_of.get(name, name) for name in component.depends_on)
        upstream[task].discard(task)
    cycle = find_cycle({task: sorted(others) for task, others in upstream.items()}) or []
    # A cycle without a group is a cycle of components, which the validation of the pipeline reports.
    if group := next((name for name in cycle if name in groups), None):
        yield Problem(
            path_text(("airflow", "groups", group)),
            "expected components that can run as one task, got a cycle of tasks that wait for each other: "
            + " -> ".join(cycle),
        )


def _whole_pipeline(config: PipelineConfig, settings: Mapping[str, Any]) -> TaskPlan:
    assets: dict[str, list[Any]] = {}
    tasks = settings.get("tasks", {})
    of_components = [tasks[component.name] for component in config.components if component.name in tasks]
    for block in [settings, *of_components]:
        for key in ("inlets", "outlets"):
            assets[key] = _joined(assets.get(key, []), block.get(key, []))
    return TaskPlan("pipeline", settings={key: listed for key, listed in assets.items() if listed})


def _joined(assets: list[Any], more: list[Any]) -> list[Any]:
    return assets + [asset for asset in more if asset not in assets]


def _members(config: PipelineConfig, groups: Mapping[str, list[str]]) -> dict[str, list[ComponentConfig]]:
    """Return the components of each task by its name, without disabled components and those downstream of them."""
    group_of = {member: group for group, members in groups.items() for member in members}
    members: dict[str, list[ComponentConfig]] = {}
    skipped: set[str] = set()
    for component in map(config.get_component, config.get_execution_order()):
        if not component.enabled or skipped.intersection(component.depends_on):
            skipped.add(component.name)
        else:
            members.setdefault(group_of.get(component.name, component.name), []).append(component)
    return members


def _upstream(config: PipelineConfig, members: Mapping[str, list[ComponentConfig]]) -> dict[str, list[str]]:
    task_of = {component.name: name for name, components in members.items() for component in components}
    upstream: dict[str, list[str]] = {}
    for name, components in members.items():
        needed = dict.fromkeys(task_of[other] for component in components for other in component.depends_on)
        upstream[name] = [task for task in needed if task != name]
    return upstream


def _task(
    config: PipelineConfig,
    name: str,
    components: list[ComponentConfig],
    upstream: list[str],
    settings: Mapping[str, Any],
) -> TaskPlan:
    own = dict(settings.get(name, {}))
    for component in components:
        if component.name != name and component.name in settings:
            for key, assets in settings[component.name].items():
                own[key] = _joined(own.get(key, []), assets)
    description = components[0].description if len(components) == 1 else None
    return TaskPlan(
        task_id(name),
        name,
        [component.name for component in components],
        [task_id(task) for task in upstream],
        {key: value for key, value in own.items() if value != []},
        description,
    )


def _with_ends(config: PipelineConfig, settings: Mapping[str, Any], tasks: list[TaskPlan]) -> list[TaskPlan]:
    """Return the tasks with a first task for checks before the pipeline and a last task, where each has work to do."""
    timings = {check.effective_timing for check in config.quality.checks}
    first, last = [], []
    if "before_pipeline" in timings:
        first.append(TaskPlan(FIRST_TASK, begins=True))
        tasks = [task if task.upstream else replace(task, upstream=[FIRST_TASK]) for task in tasks]
    outlets = settings.get("outlets", [])
    if "after_pipeline" in timings or not config.checkpoint.keep or outlets or not tasks:
        with_downstream = {name for task in tasks for name in task.upstream}
        leaves = [task.task_id for task in [*first, *tasks] if task.task_id not in with_downstream]
        own = {"outlets": outlets} if outlets else {}
        last.append(TaskPlan(LAST_TASK, upstream=leaves, settings=own, ends=True))
    return [_with_inlets(task, settings.get("inlets", [])) for task in [*first, *tasks, *last]]


def _with_inlets(task: TaskPlan, inlets: list[Any]) -> TaskPlan:
    if task.upstream or not inlets:
        return task
    return replace(
        task, settings={**task.settings, "inlets": _joined(inlets, task.settings.get("inlets", []))}
    )
