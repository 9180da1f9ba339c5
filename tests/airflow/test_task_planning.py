"""Tasks of a pipeline, planned without Airflow."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_ppf.dags.task_ids import group_id, task_id
from airflow_ppf.dags.task_plan import TaskPlan
from airflow_ppf.dags.task_planning import plan_tasks, task_problems
from airflow_ppf.pipeline_file.sections import airflow_sections
from ppf_core.config import PipelineConfig, decode, find_cycle

SOURCE, SINK = "source", "sink"


def component(
    name: str, *depends_on: str, kind: str = "transformation", enabled: bool = True
) -> dict[str, Any]:
    return {
        "name": name,
        "component_type": kind,
        "class_path": "tests.support.components.Step",
        "depends_on": list(depends_on),
        "enabled": enabled,
        "description": f"About {name}",
    }


DIAMOND = [component("a"), component("b", "a"), component("c", "a"), component("d", "b", "c")]


def config(components: list[dict[str, Any]] = DIAMOND, **more: Any) -> PipelineConfig:
    return decode(
        {
            "name": "p",
            "version": "1",
            "components": components,
            "checkpoint": {"root": "/x", "keep": True},
            **more,
        },
        PipelineConfig,
    )


def planned(pipeline: PipelineConfig, **settings: Any) -> list[TaskPlan]:
    settings = {"granularity": "component", **settings}
    assert list(task_problems(pipeline, settings)) == []
    return plan_tasks(pipeline, settings)


def edges(tasks: list[TaskPlan]) -> dict[str, list[str]]:
    return {task.task_id: task.upstream for task in tasks}


def problems(pipeline: PipelineConfig, **settings: Any) -> str:
    return "\n".join(map(str, task_problems(pipeline, {"granularity": "component", **settings})))


def test_without_a_granularity_the_pipeline_is_one_task() -> None:
    assert plan_tasks(config(), {}) == [TaskPlan("pipeline")]


def test_each_component_is_a_task_with_the_dependencies_of_the_file() -> None:
    assert edges(planned(config())) == {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}


def test_a_task_is_described_as_its_component_is() -> None:
    assert [task.description for task in planned(config())] == ["About a", "About b", "About c", "About d"]


def test_components_of_a_group_are_one_task_in_the_order_of_the_pipeline() -> None:
    tasks = planned(config(), groups={"sides": ["c", "b"]})
    assert edges(tasks) == {"a": [], "sides": ["a"], "d": ["sides"]}
    assert [task.components for task in tasks] == [["a"], ["b", "c"], ["d"]]


def test_what_is_disabled_and_what_is_downstream_of_it_is_left_out() -> None:
    components = [*DIAMOND[:2], component("c", "a", enabled=False), DIAMOND[3], component("e", "b")]
    assert edges(planned(config(components))) == {"a": [], "b": ["a"], "e": ["b"]}


def test_a_group_has_those_of_its_components_that_run() -> None:
    components = [component("a"), component("b", "a", enabled=False), component("c", "b")]
    assert [task.components for task in planned(config(components), groups={"g": ["a", "b", "c"]})] == [["a"]]


def test_what_is_handed_over_is_removed_by_a_last_task_after_all_others() -> None:
    components = [component("a"), component("b", "a"), component("c", "a")]
    tasks = planned(config(components, checkpoint={"root": "/x"}))
    assert (tasks[-1].task_id, tasks[-1].upstream, tasks[-1].ends) == ("pipeline_end", ["b", "c"], True)


def test_checks_before_and_after_the_pipeline_are_a_first_and_a_last_task() -> None:
    checks = [{"type": "row_count", "table": "t", "min_rows": 1}]
    checks.append({**checks[0], "timing": "before_pipeline"})
    tasks = planned(config([component("a"), component("b")], quality={"checks": checks}))
    assert edges(tasks) == {
        "pipeline_start": [],
        "a": ["pipeline_start"],
        "b": ["pipeline_start"],
        "pipeline_end": ["a", "b"],
    }
    assert [(task.begins, task.ends) for task in tasks] == [
        (True, False),
        (False, False),
        (False, False),
        (False, True),
    ]


def test_a_pipeline_with_nothing_to_run_has_a_task_all_the_same() -> None:
    assert edges(planned(config([component("a", enabled=False)]))) == {"pipeline_end": []}


def test_settings_of_a_component_and_of_a_group_are_those_of_their_tasks() -> None:
    settings = {"a": {"retries": 3, "inlets": [], "outlets": []}, "sides": {"pool": "big"}}
    tasks = planned(config(), groups={"sides": ["b", "c"]}, tasks=settings)
    assert {task.task_id: task.settings for task in tasks} == {
        "a": {"retries": 3},
        "sides": {"pool": "big"},
        "d": {},
    }


def test_assets_of_a_component_are_those_of_the_task_that_runs_it() -> None:
    tasks = {"b": {"outlets": [{"name": "b"}]}, "sides": {"outlets": [{"name": "s"}]}}
    grouped = planned(config(), groups={"sides": ["b", "c"]}, tasks=tasks)
    assert [task.settings for task in grouped] == [{}, {"outlets": [{"name": "s"}, {"name": "b"}]}, {}]
    assert planned(config(), tasks={"b": tasks["b"]})[1].settings == {"outlets": [{"name": "b"}]}


def test_where_the_pipeline_is_one_task_assets_of_components_are_that_tasks() -> None:
    tasks = {"b": {"retries": 3, "outlets": [{"name": "b"}]}, "a": {"inlets": [{"name": "a"}]}}
    whole = planned(config(), granularity="pipeline", outlets=[{"name": "o"}, {"name": "b"}], tasks=tasks)
    assert [task.settings for task in whole] == [
        {"inlets": [{"name": "a"}], "outlets": [{"name": "o"}, {"name": "b"}]}
    ]


def test_assets_of_the_pipeline_are_read_by_the_first_tasks_and_written_by_the_last() -> None:
    tasks = planned(config(), inlets=[{"name": "i"}], outlets=[{"name": "o"}])
    assert [(task.task_id, task.settings) for task in tasks if task.settings] == [
        ("a", {"inlets": [{"name": "i"}]}),
        ("pipeline_end", {"outlets": [{"name": "o"}]}),
    ]


def test_a_session_that_tasks_share_ends_when_all_of_them_have() -> None:
    tasks = planned(config(spark={"app_name": "a", "connect_string": "sc://host"}), shared_session=True)
    last = tasks[-1]
    assert (last.task_id, last.ends_session) == ("pipeline_session_end", True)
    assert last.upstream == [task.task_id for task in tasks[:-1]]
    assert [task.ends_session for task in tasks[:-1]] == [False] * (len(tasks) - 1)


def test_a_session_can_be_shared_on_a_connect_server_only() -> None:
    assert problems(config(), shared_session=True).startswith(
        "airflow.shared_session: expected a Spark Connect server too"
    )
    assert problems(config(), shared_session=True, conn_id="spark") == ""  # which is asked at run time
    assert problems(config(), shared_session=True, granularity="pipeline") == ""  # where nothing is shared


def test_tasks_that_are_submitted_share_no_session() -> None:
    connect = {"app_name": "a", "connect_string": "sc://host"}
    assert problems(config(spark=connect), shared_session=True, submit=True).startswith(
        "airflow.shared_session: expected false together with submit"
    )
    assert problems(config(), submit=True) == ""


def test_without_a_place_for_hand_overs_there_are_no_tasks_of_components() -> None:
    pipeline = config(checkpoint={})
    assert problems(pipeline).startswith("airflow.granularity: expected a checkpoint.root too")
    assert problems(pipeline, granularity="pipeline") == ""


@pytest.mark.parametrize("granularity", ["pipeline", "component"])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"groups": {"g": ["a", "x1", "bb"]}},
            'airflow.groups.g: expected the name of a component, got "bb" (did you mean "b"?)',
        ),
        ({"groups": {"g": []}}, "airflow.groups.g: expected names of components, got none"),
        ({"groups": {"g": ["a", "a"]}}, 'airflow.groups.g: expected each component once, got "a" twice'),
        (
            {"groups": {"g": ["a"], "h": ["a"]}},
            'airflow.groups.h: expected components that are in no other group, got "a", which is in "g"',
        ),
        ({"groups": {"a": ["b"]}}, 'airflow.groups.a: expected a name that no component has, got "a"'),
        (
            {"groups": {"ends": ["d", "a"]}},
            "one task, got a cycle of tasks that wait for each other: ends -> b -> ends",
        ),
        (
            {"groups": {"my group": ["a", "d"], "sides": ["b", "c"]}},
            'airflow.groups."my group": expected components that can run as one task',
        ),
        ({"tasks": {"aa": {}}}, 'airflow.tasks.aa: expected the name of a component or of a group, got "aa"'),
        (
            {"groups": {"g": ["a", "b"]}, "tasks": {"a": {"retries": 1, "outlets": []}}},
            (
                "airflow.tasks.a: expected inlets and outlets only, got retries; the component runs in the task of "
                'the group "g"'
            ),
        ),
    ],
)
def test_wrong_groups_and_tasks_are_reported(
    granularity: str, settings: dict[str, Any], message: str
) -> None:
    assert message in problems(config(), granularity=granularity, **settings)


def test_a_group_around_what_is_disabled_is_wrong_all_the_same() -> None:
    components = [component("a"), component("b", "a", enabled=False), component("c", "a", "b")]
    assert "a cycle of tasks" in problems(config(components), groups={"g": ["a", "c"]})


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    names = [f"c{number}" for number in range(draw(st.integers(1, 8)))]
    components = [
        component(
            name,
            *draw(st.lists(st.sampled_from(names[:index]), unique=True) if index else st.just([])),
            enabled=draw(st.booleans()),
        )
        for index, name in enumerate(names)
    ]
    groups: dict[str, list[str]] = {}
    for name in names:
        if (number := draw(st.integers(0, 4))) < 2:
            groups.setdefault(f"g{number}", []).append(name)
    return components, groups


@given(graphs())
def test_tasks_follow_all_that_their_components_need_and_never_each_other(
    drawn: tuple[list[dict[str, Any]], dict[str, list[str]]],
) -> None:
    components, groups = drawn
    pipeline = config(components)
    if problems(pipeline, groups=groups):
        return
    tasks = planned(pipeline, groups=groups)
    made = edges(tasks)
    assert find_cycle(made) is None
    assert all(upstream in list(made)[:index] for index, each in enumerate(made) for upstream in made[each])
    task_of = {name: task.task_id for task in tasks for name in task.components}
    for name, own in task_of.items():
        for needed in pipeline.get_component(name).depends_on:
            assert task_of[needed] == own or task_of[needed] in made[own]


NAMES = st.text(min_size=1, max_size=300) | st.from_regex(r"[a-z./ ]{1,12}", fullmatch=True)


@given(NAMES)
def test_the_id_of_a_task_is_legal_whatever_the_name(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", task_id(name))
    assert task_id(name).strip(".")
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,100}", group_id(name))


@given(st.sets(NAMES, max_size=20))
def test_no_two_names_have_one_id(names: set[str]) -> None:
    assert len({task_id(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("clean_2.a-b", "clean_2.a-b"),
        ("résumé/été", r"resume_ete-[0-9a-f]{10}"),
        ("日本", r"[0-9a-f]{10}"),
        ("..", r"[0-9a-f]{10}"),
        ("pipeline_end", r"pipeline_end-[0-9a-f]{10}"),
        ("x" * 100, "x{100}"),
        ("x" * 300, r"x{89}-[0-9a-f]{10}"),
    ],
)
def test_the_id_says_as_much_of_the_name_as_it_can(name: str, expected: str) -> None:
    assert re.fullmatch(expected, task_id(name))


def test_every_granularity_is_a_setting_of_the_section() -> None:
    assert airflow_sections()["airflow"](granularity="component").granularity.value == "component"
