"""`ppf dags validate FOLDER`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ppf_core.cli import main

pytestmark = pytest.mark.airflow

EXAMPLES = Path(__file__).parents[2] / "example_dags"

GOOD = """
name = {name}
version = "1"
components = [
  {{ name = read, component_type = source, class_path = ppf_core.batch.Read, config {{ table = t, output_view = v }} }}
]
"""

X = "{{ name = {}, component_type = sink, class_path = steps_of_test.Step, depends_on = [{}] }}"


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def validate(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        code = main(["dags", "validate", *map(str, arguments)])
        return Outcome(code, *capfd.readouterr())

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "dags" / "pipelines"
    made.mkdir(parents=True)
    return made


def write(folder: Path, name: str, more: str = "", text: str = GOOD) -> Path:
    file = folder / f"{name}.conf"
    file.write_text(text.format(name=name) + more)
    return file


def test_the_command_is_brought_by_an_entry_point() -> None:
    (entry,) = entry_points(group="ppf.commands", name="dags")
    from airflow_ppf.dags.command import app

    assert entry.load() is app


def test_good_files_are_valid_and_those_that_others_include_are_left_out(validate: Any, folder: Path) -> None:
    write(folder, "a")
    (folder / "deeper").mkdir()
    write(folder / "deeper", "b", 'airflow { schedule = "0 5 * * *", start_date = 2026-01-01 }')
    (folder / "_shared.conf").write_text("nonsense")
    outcome = validate(folder)
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        f"{folder / 'a.conf'}: valid, 1 components",
        f"{folder / 'deeper' / 'b.conf'}: valid, 1 components",
    ]


def test_the_example_is_valid(validate: Any) -> None:
    outcome = validate(EXAMPLES / "numbers")
    assert outcome.code == 0, outcome.err + outcome.out


def test_settings_that_are_templates_are_a_warning(validate: Any, folder: Path) -> None:
    (folder.parent / "settings_of_test.py").write_text(
        "class Mine:\n    def run(self): ...\n\n    @classmethod\n    def validate_config(cls, config):\n"
        '        return [f\'limit: expected a number, got "{config["limit"]}"\']\n'
    )
    step = "{{ name = mine, component_type = sink, class_path = settings_of_test.Mine, config {{ limit = {} }} }}"
    write(folder, "a", "components += " + step.format('"{{ params.limit }}"'))
    outcome = validate(folder)
    assert outcome.code == 0
    assert re.search(
        r"a template, checked only when a task renders it: .*limit: expected a number", outcome.out
    )
    write(folder, "a", "components += " + step.format("many"))
    assert validate(folder).code == 2


def test_a_wrong_setting_beside_a_template_stays_an_error(validate: Any, folder: Path) -> None:
    step = "{ name = out, component_type = sink, class_path = ppf_core.batch.Write, config { view = v, format = csv, "
    templates = 'path = "/out/{{ ds }}", mode = "{{ params.mode }}"'
    write(folder, "a", f"components += {step} {templates} }} }}")
    outcome = validate(folder)
    assert outcome.code == 0
    assert re.search(
        r"config\.mode: a template, checked only when a task renders it: expected one of", outcome.out
    )
    write(folder, "a", f"components += {step} {templates}, pat = x }} }}")
    outcome = validate(folder)
    assert outcome.code == 2
    assert re.search(r'config\.pat: expected a known key, got "pat"', outcome.out)


def test_an_id_that_an_included_file_has_is_reported_for_the_file_that_includes_it(
    validate: Any, folder: Path
) -> None:
    write(folder, "a")
    (folder / "b.conf").write_text('include "a.conf"\nversion = "2"\n')
    assert f'{folder / "b.conf"}: name: expected an id that no other DAG has, got "a"' in validate(folder).out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            'airflow { shedule = "@daily" }',
            r'bad.conf:7: airflow.shedule: expected a known key, got "shedule"',
        ),
        ('airflow { schedule = "61 5 * * *" }', "bad.conf:7: airflow: AirflowTimetableInvalid: .*61"),
        ("airflow { schedule = often }", "bad.conf:7: airflow.schedule: expected a cron expression"),
        ('airflow { dag_id = "a b" }', "bad.conf:7: airflow.dag_id: expected at most 250 letters"),
        (
            "airflow { on_failure_callback = no.such.callback }",
            r"bad.conf:7: airflow.on_failure_callback\[0\]: expected something that can be imported",
        ),
        (
            "airflow { schedule { class_path = timetable_of_test.Mine } }",
            "bad.conf: airflow: expected a DAG that Airflow can store, got .*[Tt]imetable",
        ),
        (
            "components += { name = two, component_type = sink, class_path = ppf_core.batch.Wriet }",
            r'bad.conf:4: components\[1\].class_path: .*\(did you mean "Write"\?\) \(component "two"\)',
        ),
        (
            f"components += {X.format('x', 'y')}\ncomponents += {X.format('y', 'x')}",
            r"bad.conf:4: .*dependency cycle: x -> y -> x",
        ),
    ],
    ids=["key", "cron", "schedule", "id", "callback", "timetable", "class", "cycle"],
)
def test_what_is_wrong_is_reported_with_file_line_and_path(
    validate: Any, folder: Path, more: str, message: str
) -> None:
    (folder.parent / "timetable_of_test.py").write_text(
        "from airflow.sdk import CronTriggerTimetable\n\n\n"
        "class Mine(CronTriggerTimetable):\n    def __init__(self):\n"
        "        super().__init__('@daily', timezone='UTC')\n"
    )
    (folder.parent / "steps_of_test.py").write_text("class Step:\n    def run(self): ...\n")
    write(folder, "bad", more)
    outcome = validate(folder)
    assert outcome.code == 2
    assert re.search(message, outcome.out), outcome.out
    assert len(set(outcome.out.splitlines())) == len(outcome.out.splitlines())


def test_all_problems_of_all_files_are_reported(validate: Any, folder: Path) -> None:
    write(folder, "a", "airflow { shedule = x }")
    write(folder, "b", "airflow { tags = 1, pool = [] }\nexecution { max_paralel = 2 }")
    write(folder, "c")
    document = json.loads(validate(folder, "--json").out)
    assert [(Path(each["file"]).name, each["valid"]) for each in document["files"]] == [
        ("a.conf", False),
        ("b.conf", False),
        ("c.conf", True),
    ]
    assert sorted(error["path"] for error in document["files"][1]["errors"]) == [
        "airflow.pool",
        "airflow.tags",
        "execution.max_paralel",
    ]
    assert all(error["line"] for file in document["files"] for error in file["errors"])


def test_a_wrong_block_for_airflow_hides_nothing_of_the_pipeline(validate: Any, folder: Path) -> None:
    circle = """
name = {name}, version = "1", airflow.shedule = x
components = [
  {{ name = a, component_type = source, class_path = ppf_core.batch.Raed, depends_on = [b] }}
  {{ name = b, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [a] }}
]
"""
    write(folder, "bad", text=circle)
    [file] = json.loads(validate(folder, "--json").out)["files"]
    assert [error["path"] for error in file["errors"]] == [
        "airflow.shedule",
        "components",
        "components[0].class_path",
        "components[1].config.view",
    ]


def test_what_is_wrong_with_tasks_is_reported_beside_what_cannot_be_read(validate: Any, folder: Path) -> None:
    block = "airflow { shedule = x, granularity = component, tasks { zz.retries = 1, read.retires = 2 } }"
    write(folder, "bad", block + "\nexecution { max_paralel = 2 }")
    [file] = json.loads(validate(folder, "--json").out)["files"]
    assert sorted(error["path"] for error in file["errors"]) == [
        "airflow.granularity",
        "airflow.shedule",
        "airflow.tasks.read.retires",
        "airflow.tasks.zz",
        "execution.max_paralel",
    ]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("airflow { granularity = component }\ncheckpoint { root = [] }", "checkpoint.root"),
        (
            "airflow { granularity = component, groups { g = 1 }, tasks { g.retries = 1 } }",
            "airflow.groups.g",
        ),
    ],
)
def test_nothing_is_reported_that_only_follows_from_what_cannot_be_read(
    validate: Any, folder: Path, more: str, path: str
) -> None:
    write(folder, "bad", "checkpoint.root = /x\n" + more)
    [file] = json.loads(validate(folder, "--json").out)["files"]
    assert [error["path"] for error in file["errors"]] == [path]


def test_an_id_that_two_files_have_is_reported_with_the_other_file(validate: Any, folder: Path) -> None:
    write(folder, "a", "airflow { dag_id = same }")
    write(folder, "b", "airflow { dag_id = same }")
    outcome = validate(folder)
    assert outcome.code == 2
    assert (
        f'b.conf:7: airflow.dag_id: expected an id that no other DAG has, got "same", the id of the DAG in {folder}'
        in (outcome.out)
    )


def test_classes_are_looked_for_where_the_dag_file_is(validate: Any, folder: Path) -> None:
    step = "{ name = mine, component_type = sink, class_path = classes_of_test.Mine }"
    write(folder, "a", f"components += {step}")
    (folder.parent / "classes_of_test.py").write_text("class Mine:\n    def run(self): ...\n")
    assert validate(folder).code == 0
    (folder.parents[1] / "elsewhere").mkdir()
    assert validate(folder, "--dags-folder", folder.parents[1] / "elsewhere").code == 2


@pytest.mark.parametrize(("name", "message"), [("none", "got no folder"), ("empty", "got none")])
def test_a_folder_without_pipelines_is_bad_input(
    validate: Any, folder: Path, name: str, message: str
) -> None:
    (folder / "empty").mkdir()
    outcome = validate(folder / name)
    assert outcome.code == 2
    assert message in outcome.err


def test_no_spark_is_imported() -> None:
    script = (
        "import sys; from ppf_core.cli import main; code = main(['dags', 'validate', sys.argv[1]]); "
        "print(code, 'pyspark' in sys.modules)"
    )
    run = [sys.executable, "-c", script, str(EXAMPLES / "numbers")]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"


def test_the_documentation_has_the_command_and_its_options(capfd: pytest.CaptureFixture[str]) -> None:
    page = (EXAMPLES.parent / "docs" / "command-line.md").read_text()
    section = page.partition("## `ppf dags validate FOLDER`")[2].partition("\n## ")[0]
    assert main(["dags", "validate", "--help"]) == 0
    options = set(re.findall(r"--[a-z][a-z-]+", capfd.readouterr().out)) - {"--help"}
    assert options == {"--dags-folder", "--json"}
    assert all(option in section for option in options)
