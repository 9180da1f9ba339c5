"""DAGs of pipeline files."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, Asset, AssetAll, AssetAny, CronTriggerTimetable
from airflow.sdk.exceptions import AirflowTaskTimeout
from airflow.serialization.serialized_objects import DagSerialization

from airflow_ppf.dag_factory import pipeline_dag, pipeline_dags
from airflow_ppf.operators.component import ComponentOperator
from airflow_ppf.operators.end_shared_session import EndSharedSessionOperator
from airflow_ppf.pipeline_file.airflow_block import AirflowSection, AssetConfig, TaskConfig, TaskDefaults
from ppf_core import config
from ppf_core.config import ConfigError, read_document

pytestmark = pytest.mark.airflow

PIPELINE = """
name = {name}
version = "1", checkpoint.root = "/handed/over"
components = [
  {{ name = read, component_type = source, class_path = ppf_core.batch.Read, description = "Sales | of a day"
    config {{ table = sales, output_view = sales }} }}
  {{ name = write, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [read], enabled = false
    config {{ view = sales, path = "/x" }} }}
]
airflow {{ {section} }}
"""


def on_failure(context: dict[str, Any]) -> None:
    """Do nothing: a callback."""


class Notifier:
    """A callback that is configured."""

    def __init__(self, channel: str) -> None:
        self.channel = channel

    def __call__(self, context: dict[str, Any]) -> None:
        """Do nothing."""


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("AIRFLOW__PPF__PARSE_CACHE", str(folder))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dags" / "pipelines"
    folder.mkdir(parents=True)
    (folder.parent / "all.py").write_text(
        'from airflow_ppf.dag_factory import pipeline_dags\n\npipeline_dags("pipelines", globals())\n'
    )
    return folder


def write(folder: Path, name: str, section: str = "") -> Path:
    file = folder / f"{name}.conf"
    file.write_text(PIPELINE.format(name=name, section=section))
    return file


def namespace(folder: Path) -> dict[str, Any]:
    return {"__file__": str(folder.parent / "all.py")}


def dag_of(folder: Path, section: str) -> DAG:
    write(folder, "sales", section)
    names = namespace(folder)
    dags = pipeline_dags("pipelines", names)
    assert list(dags) == ["sales"], names
    return dags["sales"]


def error_of(folder: Path, section: str) -> str:
    with pytest.raises(ConfigError) as caught:
        pipeline_dag(write(folder, "sales", section))
    return str(caught.value)


def test_a_file_becomes_a_dag_with_one_task_that_runs_it(folder: Path) -> None:
    dag = dag_of(folder, "")
    (task,) = dag.tasks
    assert (dag.dag_id, task.task_id) == ("sales", "pipeline")
    assert task.pipeline == "pipelines/sales.conf"
    assert dag.schedule is None


def test_the_dag_is_put_where_airflow_finds_it_and_hides_nothing(folder: Path) -> None:
    write(folder, "os")
    names = namespace(folder) | {"os": os}
    pipeline_dags("pipelines", names)
    assert names["os"] is os
    assert names["dag:os"].dag_id == "os"


@pytest.mark.parametrize(
    ("written", "schedule"),
    [
        ('"@daily"', "@daily"),
        ('"0 5 * * *"', "0 5 * * *"),
        ("90 minutes", timedelta(minutes=90)),
        ("{ every = 1 h }", timedelta(hours=1)),
        ('["s3://b/a", b]', AssetAll(Asset(uri="s3://b/a"), Asset("b"))),
        (
            '{ any_of = [a, { name = b, uri = "s3://b", group = g }] }',
            AssetAny(Asset("a"), Asset("b", "s3://b", group="g")),
        ),
    ],
)
def test_a_schedule_is_given_as(folder: Path, written: str, schedule: object) -> None:
    assert dag_of(folder, f"schedule = {written}").schedule == schedule


def test_a_timetable_is_given_by_its_class(folder: Path) -> None:
    dag = dag_of(
        folder,
        "schedule { class_path = airflow.sdk.CronTriggerTimetable\n"
        '  config { timezone = UTC, expression = "0 5 * * *" } }',
    )
    assert isinstance(dag.timetable, CronTriggerTimetable)


def test_what_people_set_on_a_dag_is_set(folder: Path) -> None:
    dag = dag_of(
        folder,
        """
        dag_id = sales, start_date = 2026-01-31, end_date = "2026-12-31T00:00:00Z", timezone = Europe/Berlin
        catchup = true, tags = [a, 1], max_active_runs = 2, max_active_tasks = 3, doc_md = "About sales."
        params { day = "2026-01-01", limit { default = 10, type = integer, description = "How many" } }
        on_failure_callback = test_dag_factory.on_failure
        on_success_callback = [{ class_path = test_dag_factory.Notifier, config { channel = c } }]
        """.replace("test_dag_factory", __name__),
    )
    assert dag.start_date == datetime(2026, 1, 30, 23, tzinfo=timezone.utc)
    assert dag.end_date == datetime(2026, 12, 31, tzinfo=timezone.utc)
    assert dag.timezone.name == "Europe/Berlin"
    assert (dag.catchup, dag.tags, dag.max_active_runs, dag.max_active_tasks) == (True, {"a", "1"}, 2, 3)
    assert list(dag.params.dump().items())[:2] == [("day", "2026-01-01"), ("limit", 10)]
    assert dag.params.get_param("limit").schema == {"type": "integer"}
    assert [each.__name__ for each in dag.on_failure_callback] == ["on_failure"]
    assert [each.channel for each in dag.on_success_callback] == ["c"]


CHANGES = {
    AirflowSection: {
        "dag_id": "other",
        "schedule": "1 h",
        "start_date": "2026-02-01",
        "end_date": "2026-12-31",
        "timezone": "Europe/Berlin",
        "catchup": "true",
        "tags": "[a]",
        "params": "{ a = 1 }",
        "max_active_runs": "2",
        "max_active_tasks": "3",
        "default_args": "{ retries = 3 }",
        "on_success_callback": "builtins.print",
        "on_failure_callback": "builtins.print",
        "doc_md": "text",
        "access_control": "{ ops = [can_read] }",
        "conn_id": "spark_cluster",
        "pool": "spark",
        "on_quality_failure": "retry",
        "inlets": "[a]",
        "outlets": "[a]",
        "granularity": "component",
        "shared_session": "true",
        "submit": "true",
        "groups": "{ all = [read, write] }",
        "tasks": "{ read { retries = 3 } }",
    },
    TaskDefaults: {
        "owner": "me",
        "retries": "3",
        "retry_delay": "1 m",
        "max_retry_delay": "1 h",
        "execution_timeout": "1 h",
        "depends_on_past": "true",
        "priority_weight": "3",
        "queue": "big",
        "on_execute_callback": "builtins.print",
        "on_failure_callback": "builtins.print",
        "on_success_callback": "builtins.print",
        "on_retry_callback": "builtins.print",
    },
    TaskConfig: {
        "pool": "spark",
        "pool_slots": "2",
        "inlets": "[a]",
        "outlets": "[a]",
    },
    AssetConfig: {"name": "n", "uri": '"s3://other"', "group": "g", "extra": "{ a = 1 }"},
}
CHANGES[TaskConfig] |= CHANGES[TaskDefaults]
PLACES = {AirflowSection: "", TaskDefaults: "default_args.", TaskConfig: "tasks.read."}


@pytest.mark.parametrize("model", CHANGES, ids=lambda model: model.__name__)
def test_every_setting_has_its_change(model: type) -> None:
    assert sorted(CHANGES[model]) == sorted(field.name for field in fields(model))


@pytest.mark.filterwarnings("ignore:The airflow.security.permissions module is deprecated")
@pytest.mark.parametrize(
    ("model", "name"), [(model, name) for model, changes in CHANGES.items() for name in changes]
)
def test_with_another_value_the_dag_is_another(folder: Path, model: type, name: str) -> None:
    def serialized(section: str) -> dict[str, Any]:
        dag = pipeline_dag(write(folder, "sales", section))
        submitted = [getattr(task, "submit", None) for task in dag.tasks]  # is of no concern to the scheduler
        return {**DagSerialization.to_dict(dag), "submitted": submitted}

    start = 'start_date = 2026-01-01, outlets = [{ uri = "s3://x" }]'
    if model is TaskConfig or name in ("groups", "tasks"):
        start += ", granularity = component"
    if name == "shared_session":
        start += ", granularity = component, conn_id = connect"
    value = CHANGES[model][name]
    if model is AssetConfig:
        changed = f'start_date = 2026-01-01, outlets = [{{ uri = "s3://x", {name} = {value} }}]'
    else:
        changed = f"{start}, {PLACES[model]}{name} = {value}"
    assert serialized(changed) != serialized(start)


def test_what_people_set_on_tasks_is_set(folder: Path) -> None:
    dag = dag_of(
        folder,
        """
        default_args { owner = sales, retries = 2, retry_delay = 5 minutes, max_retry_delay = 1 h, queue = big
          execution_timeout = 2 h, depends_on_past = true, priority_weight = 7, on_retry_callback = "builtins.print"
          on_execute_callback = "builtins.print", on_failure_callback = "builtins.print"
          on_success_callback = "builtins.print" }
        pool = spark, on_quality_failure = warn, inlets = [a], outlets = ["s3://b/sales"]
        """,
    )
    (task,) = dag.tasks
    assert (task.owner, task.retries, task.queue, task.pool) == ("sales", 2, "big", "spark")
    assert task.on_quality_failure == "warn"
    assert (task.retry_delay, task.max_retry_delay) == (timedelta(minutes=5), timedelta(hours=1))
    assert (task.execution_timeout, task.depends_on_past, task.priority_weight) == (
        timedelta(hours=2),
        True,
        7,
    )
    for name in ("retry", "execute", "failure", "success"):
        assert getattr(task, f"on_{name}_callback") == [print]
    assert (task.inlets, task.outlets) == ([Asset("a")], [Asset(uri="s3://b/sales")])


def test_roles_are_given_access(folder: Path) -> None:
    from airflow.sdk.exceptions import RemovedInAirflow4Warning

    with pytest.warns(RemovedInAirflow4Warning):
        dag = dag_of(folder, "access_control { ops = [can_read] }")
    assert dag.access_control == {"ops": {"DAGs": {"can_read"}}}


def test_the_documentation_has_the_authors_text_and_the_components(folder: Path) -> None:
    text = dag_of(folder, 'doc_md = "About sales."').doc_md
    assert text is not None
    assert text.startswith("About sales.\n\nPipeline sales, version 1\n\n| component |")
    assert text.splitlines()[-2:] == [
        "| read | source |  | Sales \\| of a day |",
        "| write (disabled) | sink | read |  |",
    ]


def test_files_share_what_they_include_and_those_with_an_underscore_are_no_dags(folder: Path) -> None:
    (folder / "_team").mkdir()
    (folder / "_team" / "defaults.conf").write_text("airflow { tags = [shared], default_args.retries = 4 }")
    (folder / "deep").mkdir()
    text = PIPELINE.format(name="sales", section="default_args.owner = me")
    (folder / "deep" / "sales.conf").write_text(f'include "../_team/defaults.conf"\n{text}')
    dags = pipeline_dags("pipelines", namespace(folder))
    (task,) = dags["sales"].tasks
    assert dags["sales"].tags == {"shared"}
    assert (task.retries, task.owner, task.pipeline) == (4, "me", "pipelines/deep/sales.conf")


def test_arguments_of_dag_take_the_place_of_the_files(folder: Path) -> None:
    dag = pipeline_dag(write(folder, "sales", "schedule = 1 h"), dag_id="other", schedule="@once")
    assert (dag.dag_id, dag.schedule) == ("other", "@once")


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            "granularity = components",
            'sales.conf:10: airflow.granularity: expected one of pipeline, component, got "components"',
        ),
        ("schedule = daily", "sales.conf:10: airflow.schedule: expected a cron expression"),
        ("schedule = 5", "airflow.schedule: expected a unit of time"),
        ('schedule = "99 * * * *"', "sales.conf:10: airflow: AirflowTimetableInvalid"),
        (
            "schedule { every = 1 h, cron = x }",
            "airflow.schedule: expected one of cron, every, all_of, any_of",
        ),
        ("schedule { cron = x, config {} }", "expected a config only together with a class_path"),
        (
            "schedule { class_path = no.Such }",
            'airflow.schedule: expected something that can be imported, got "no.Such"',
        ),
        ("start_date = soon", "airflow.start_date: expected a date such as 2026-01-31"),
        ("timezone = UTC", "expected a start_date together with the timezone"),
        ("start_date = 2026-01-01, timezone = Moon", "airflow.timezone: expected the name of a time zone"),
        (
            "dag_id = a/b",
            "airflow.dag_id: expected at most 250 letters, digits, dots, dashes and underscores",
        ),
        ("default_args.retries = -1", "airflow.default_args.retries: expected at least 0, got -1"),
        ("default_args.retreis = 1", 'did you mean "retries"?'),
        ("on_failure_callback = builtins.pirnt", "sales.conf:10: airflow.on_failure_callback"),
        ("inlets = [{ group = a }]", "airflow.inlets[0]: expected a name or a uri"),
        ('schedule = ["airflow://x"]', "sales.conf:10: airflow: ValueError"),
        (
            "granularity = component, groups { g = [read, wrote] }",
            'sales.conf:10: airflow.groups.g: expected the name of a component, got "wrote" (did you mean "write"?)',
        ),
        (
            "tasks { raed {} }",
            "sales.conf:10: airflow.tasks.raed: expected the name of a component or of a group",
        ),
        ("tasks { read { retreis = 1 } }", 'did you mean "retries"?'),
        (
            "granularity = component, tasks { read { on_failure_callback = no.such } }",
            "sales.conf:10: airflow.tasks.read.on_failure_callback[0]: expected something that can be imported",
        ),
        ("max_active_runs = 0", "airflow.max_active_runs: expected at least 1, got 0"),
    ],
)
def test_a_wrong_section_is_reported_with_its_line(folder: Path, section: str, message: str) -> None:
    assert message in error_of(folder, section)


def test_each_component_can_be_a_task_with_settings_of_its_own(folder: Path) -> None:
    dag = dag_of(
        folder,
        """
        granularity = component, pool = spark, default_args { retries = 2, owner = sales }, conn_id = cluster
        inlets = ["s3://b/raw"], outlets = [sold]
        tasks { read { retries = 5, retry_delay = 1 minute, queue = big, pool = db, pool_slots = 2
          execution_timeout = 1 h, on_retry_callback = builtins.print, outlets = [fetched] } }
        """,
    )
    read, end = dag.get_task("read"), dag.get_task("pipeline_end")
    assert [task.task_id for task in dag.tasks] == ["read", "pipeline_end"]
    assert all(isinstance(task, ComponentOperator) for task in dag.tasks)
    assert (read.pipeline, read.components, read.begins, read.ends) == (
        "pipelines/sales.conf",
        ["read"],
        False,
        False,
    )
    assert (end.components, end.ends, end.upstream_task_ids) == ([], True, {"read"})
    assert (read.retries, read.retry_delay, read.queue) == (5, timedelta(minutes=1), "big")
    assert (read.pool, read.pool_slots, read.execution_timeout) == ("db", 2, timedelta(hours=1))
    assert (end.retries, end.pool, read.owner, end.owner) == (2, "spark", "sales", "sales")
    assert (read.conn_id, end.conn_id) == ("cluster", "cluster")
    assert read.on_retry_callback == [print]
    assert (read.inlets, read.outlets) == ([Asset(uri="s3://b/raw")], [Asset("fetched")])
    assert (end.inlets, end.outlets) == ([], [Asset("sold")])
    assert read.doc_md == "Sales | of a day"
    assert DagSerialization.to_dict(dag)


def test_the_end_of_a_shared_session_is_a_teardown_that_no_outcome_depends_on(folder: Path) -> None:
    dag = dag_of(
        folder,
        "granularity = component, shared_session = true, conn_id = connect, on_quality_failure = warn",
    )
    read, end = dag.get_task("read"), dag.get_task("pipeline_session_end")
    assert isinstance(end, EndSharedSessionOperator)
    assert (end.is_teardown, end.on_failure_fail_dagrun) == (True, False)
    assert (end.pipeline, end.conn_id) == ("pipelines/sales.conf", "connect")
    assert end.upstream_task_ids == {"read", "pipeline_end"}
    assert (read.shared_session, dag.get_task("pipeline_end").shared_session) == (True, True)
    assert DagSerialization.to_dict(dag)


def test_components_as_tasks_need_a_place_for_what_they_hand_over(folder: Path) -> None:
    file = write(folder, "sales", "granularity = component")
    file.write_text(file.read_text().replace('checkpoint.root = "/handed/over"', ""))
    names = namespace(folder)
    pipeline_dags("pipelines", names)
    with pytest.raises(
        ConfigError, match=r"sales\.conf:10: airflow\.granularity: expected a checkpoint\.root"
    ):
        names[f"broken:{file}"].validate()


def test_a_folder_that_is_missing_is_reported(folder: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"expected a folder of pipeline files, got none; looked for .*nowhere"
    ):
        pipeline_dags("nowhere", namespace(folder))


def test_broken_files_are_import_errors_and_the_others_have_their_dags(folder: Path) -> None:
    write(folder, "good")
    write(folder, "bad", "tgas = [a]")
    bag = DagBag(folder.parent / "all.py")
    assert list(bag.dags) == ["good"]
    (error,) = bag.import_errors.values()
    assert (
        f'{folder / "bad.conf"}:10: airflow.tgas: expected a known key, got "tgas" (did you mean "tags"?)'
        in error
    )


def test_the_dag_processor_gets_each_broken_file_under_its_own_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import logging

    from airflow.dag_processing.processor import _serialize_dags

    write(folder, "good")
    write(folder, "bad", "tgas = [a]")
    write(folder, "worse", "schedule = [")
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "client")
    bag = DagBag(folder.parent / "all.py", bundle_path=folder.parent)
    dags, errors = _serialize_dags(bag, logging.getLogger(__name__))
    assert bag.import_errors == {}
    assert [dag.dag_id for dag in dags] == ["good"]
    assert sorted(errors) == ["pipelines/bad.conf", "pipelines/worse.conf"]
    assert "bad.conf:10: airflow.tgas" in errors["pipelines/bad.conf"]


def test_two_files_with_one_id_are_an_error_of_the_second(folder: Path) -> None:
    write(folder, "a", "dag_id = same")
    write(folder, "b", "dag_id = same")
    names = namespace(folder)
    assert list(pipeline_dags("pipelines", names)) == ["same"]
    (broken,) = [value for key, value in names.items() if key.startswith("broken:")]
    with pytest.raises(
        ConfigError, match=r'b\.conf:10: airflow\.dag_id: .*got "same", the id of the DAG in .*a\.conf'
    ):
        broken.validate()


@pytest.mark.parametrize("known", [True, False], ids=["looked through before", "never seen"])
def test_in_a_task_only_its_own_dag_is_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    for name in ("first", "second", "third"):
        write(folder, name)
    if known:
        pipeline_dags("pipelines", namespace(folder))
    read: list[str] = []

    from airflow_ppf.dags import factory

    def noted(file: Path, cache: Any) -> Any:
        read.append(file.name)
        return plan_dag(file, cache)

    plan_dag = factory.plan_dag
    monkeypatch.setattr(factory, "plan_dag", noted)
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "second")
    assert list(pipeline_dags("pipelines", namespace(folder))) == ["second"]
    assert read == ["second.conf"]


def test_in_a_task_of_a_dag_from_elsewhere_no_known_file_is_parsed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, "first")
    pipeline_dags("pipelines", namespace(folder))
    monkeypatch.setattr("airflow_ppf.dags.factory.plan_dag", lambda *_: pytest.fail("parsed"))
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "elsewhere")
    assert pipeline_dags("pipelines", namespace(folder)) == {}


def test_in_a_task_a_dag_that_has_moved_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "a")
    write(folder, "b", "dag_id = x${?NOT_SET}y")
    pipeline_dags("pipelines", namespace(folder))
    (folder / "a.conf").rename(folder / "z.conf")
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "a")
    assert list(pipeline_dags("pipelines", namespace(folder))) == ["a"]
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "xy")
    assert list(pipeline_dags("pipelines", namespace(folder))) == ["xy"]


@pytest.mark.parametrize("granularity", ["pipeline", "component"])
def test_what_was_parsed_before_airflows_time_limit_is_kept_for_the_next_try(
    folder: Path, monkeypatch: pytest.MonkeyPatch, granularity: str
) -> None:
    for number in range(10):
        write(folder, f"p{number}", f"granularity = {granularity}")
    read: list[str] = []
    limits = [4, 8, 12]

    def read_until_the_limit(path: Path) -> Any:
        if len(read) == limits[0]:
            raise AirflowTaskTimeout("DagBag import timeout")
        read.append(path.name)
        return read_document(path=path)

    monkeypatch.setattr(config, "read_document", read_until_the_limit)
    while len(limits) > 1:
        bag = DagBag(folder.parent / "all.py")
        assert not bag.dags
        assert "DagBag import timeout" in str(bag.import_errors)
        limits.pop(0)
    assert len(DagBag(folder.parent / "all.py").dags) == 10
    assert sorted(read) == [f"p{number}.conf" for number in range(10)]


IMPORTED = """
import sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
assert bag.dags, bag.import_errors
models = ("ppf_core.config.pipeline", "ppf_core.config.component", "airflow_ppf.pipeline_file.airflow_block")
print([name for name in sys.modules if name in models or name.startswith(("ppf_core.runner", "ppf_core.session"))])
"""


@pytest.mark.slow
@pytest.mark.parametrize("granularity", ["pipeline", "component"])
def test_a_dag_whose_plan_was_kept_needs_neither_the_runner_nor_the_models(
    folder: Path, granularity: str
) -> None:
    write(folder, "p", f"granularity = {granularity}")
    assert len(DagBag(folder.parent / "all.py").dags) == 1
    command = [sys.executable, "-c", IMPORTED, str(folder.parent / "all.py")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


SERIALIZE = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowTaskTimeout
from airflow.serialization.serialized_objects import DagSerialization
bag = DagBag(sys.argv[1])
assert not bag.import_errors, bag.import_errors
ids = sorted(bag.dags, reverse=sys.argv[2] == "backwards")
# Keys in order, as Airflow has them when it compares two versions.
made = {one: json.dumps(DagSerialization.to_dict(bag.dags[one]), sort_keys=True) for one in ids}
json.dump(made, open(sys.argv[3], "w"))
"""


IN_A_DAG = """
from airflow.sdk import DAG
from airflow_ppf.dag_factory import PipelineTaskGroup

with DAG("by_hand"):
    PipelineTaskGroup("pipelines/p1.conf") >> PipelineTaskGroup("pipelines/p2.conf", "again")
"""


@pytest.mark.slow
@pytest.mark.parametrize("granularity", ["pipeline", "component"])
def test_other_processes_and_orders_make_the_same_bytes(
    folder: Path, tmp_path: Path, granularity: str
) -> None:
    section = (
        f"granularity = {granularity}"
        """
    schedule = ["s3://b/a", b], tags = [c, a, b], params { b = 1, a { type = string, default = x } }
    default_args { retries = 2, on_failure_callback = "builtins.print" }, outlets = [o], start_date = 2026-01-01
    tasks { read { inlets = [z, y], outlets = [x, w] } }
    """
    )
    names = [f"p{number}" for number in range(5)]
    random.Random(1).shuffle(names)
    for name in names:
        write(folder, name, section)
    (folder.parent / "by_hand.py").write_text(IN_A_DAG)
    made = []
    for seed, order in (("1", "forwards"), ("2", "backwards"), ("3", "forwards")):
        out = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", SERIALIZE, str(folder.parent), order, str(out)],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "AIRFLOW_HOME": str(tmp_path / "home"),
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            check=True,
            capture_output=True,
        )
        made.append(json.loads(out.read_text()))
        if seed == "2":  # the third time from nothing
            for entry in (tmp_path / "cache").iterdir():
                entry.unlink()
    assert len(made[0]) == 6
    assert made[0] == made[1] == made[2]
