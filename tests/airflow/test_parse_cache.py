"""Cache of parsed pipeline files, and the changes that invalidate it."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from airflow_ppf.dags.dag_plan import plan_dag
from airflow_ppf.pipeline_file.parse_cache import ParseCache, _reader_version, plan_sources
from ppf_core.config import ConfigError, content_digest

TEXT = """
include "_defaults.conf"
name = sales
version = 1.10
components = [
  { name = read, component_type = source, class_path = ppf_core.batch.Read
    config { path = ${?DATA}/x, key = "secret://env/KEY" } }
]
airflow { doc_md = ${tags.doc} }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "_defaults.conf").write_text("tags { doc = first }")
    file = tmp_path / "sales.conf"
    file.write_text(TEXT)
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def cache(folder: Path) -> ParseCache:
    return ParseCache(folder)


def entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_a_file_that_was_read_is_kept_with_its_plan(file: Path, cache: ParseCache) -> None:
    plan = plan_dag(file, cache)
    kept = cache.load(file)
    assert kept is not None
    assert kept.plan == asdict(plan)
    assert plan_dag(file, cache) == plan


def test_a_plan_is_kept_that_has_nothing_of_a_variable_but_whether_it_is_set(
    tmp_path: Path, cache: ParseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tasks.conf"
    file.write_text(
        """
        name = tasks, version = 1, checkpoint.root = ${?PPF_ROOT}, airflow.granularity = component
        components = [{ name = read, component_type = source, class_path = ppf_core.batch.Read }]
        """
    )
    monkeypatch.setenv("PPF_ROOT", "/first")
    plan = plan_dag(file, cache)
    kept = cache.load(file)
    assert kept is not None
    assert kept.plan == asdict(plan)
    monkeypatch.setenv("PPF_ROOT", "/second")
    assert plan_dag(file, cache) == plan
    monkeypatch.delenv("PPF_ROOT")
    with pytest.raises(ConfigError, match=r"expected a checkpoint\.root"):
        plan_dag(file, cache)


def test_what_was_kept_is_used(file: Path, cache: ParseCache, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_dag(file, cache)
    monkeypatch.setattr("ppf_core.config.read_document", lambda **_: pytest.fail("read again"))
    assert plan_dag(file, cache) == plan


def test_numbers_are_kept_as_they_were_written(file: Path, cache: ParseCache) -> None:
    plan_dag(file, cache)
    kept = cache.load(file)
    assert kept is not None
    assert kept.tree()["version"].text == "1.10"
    assert "version 1.10" in plan_dag(file, cache).doc_md


@pytest.mark.parametrize("edited", ["sales.conf", "_defaults.conf"])
def test_an_edit_is_noticed(file: Path, cache: ParseCache, edited: str) -> None:
    assert plan_dag(file, cache).doc_md.startswith("first")
    changed = file.parent / edited
    changed.write_text(changed.read_text().replace("${tags.doc}", "other").replace("first", "other"))
    assert plan_dag(file, cache).doc_md.startswith("other")


def test_an_included_file_that_is_gone_is_noticed(file: Path, cache: ParseCache) -> None:
    plan_dag(file, cache)
    (file.parent / "_defaults.conf").unlink()
    with pytest.raises(ConfigError, match="expected the included file"):
        plan_dag(file, cache)


def test_an_edit_of_a_variable_is_noticed(
    file: Path, cache: ParseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(TEXT.replace("${tags.doc}", "${?SALES_DOC}"))
    monkeypatch.setenv("SALES_DOC", "one")
    assert plan_dag(file, cache).doc_md.startswith("one")
    monkeypatch.setenv("SALES_DOC", "two")
    assert plan_dag(file, cache).doc_md.startswith("two")
    monkeypatch.delenv("SALES_DOC")
    assert plan_dag(file, cache).doc_md.startswith("Pipeline sales")


def test_a_variable_that_makes_the_file_wrong_is_noticed_with_its_line(
    file: Path, cache: ParseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(TEXT + "spark.driver_cores = ${CORES}")
    monkeypatch.setenv("CORES", "2")
    plan_dag(file, cache)
    monkeypatch.setenv("CORES", "many")
    with pytest.raises(ConfigError, match=r"sales\.conf:10: spark\.driver_cores"):
        plan_dag(file, cache)


def test_another_reader_does_not_believe_it(
    file: Path, cache: ParseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_dag(file, cache)
    monkeypatch.setattr("airflow_ppf.pipeline_file.parse_cache._reader_version", lambda: "newer")
    assert cache.load(file) is None


def test_no_secret_is_written(
    file: Path, folder: Path, cache: ParseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(TEXT + "tags { a = ${DATA}, b = x${DATA}y }")
    value = "hunter2-of-the-environment"
    monkeypatch.setenv("DATA", value)
    monkeypatch.setenv("KEY", "hunter2-by-reference")
    plan_dag(file, cache)
    kept = cache.load(file)
    assert kept is not None
    assert kept.tree()["tags"] == {"doc": "first", "a": value, "b": f"x{value}y"}
    written = b"".join(entry.read_bytes() for entry in entries(folder))
    assert b"secret://env/KEY" in written
    assert b"hunter2" not in written


def test_entries_are_for_this_user_alone(file: Path, folder: Path, cache: ParseCache) -> None:
    plan_dag(file, cache)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [entry.stat().st_mode & 0o777 for entry in entries(folder)] == [0o600]


def test_a_folder_in_which_others_may_write_is_not_used(file: Path, folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    cache = ParseCache(folder)
    plan_dag(file, cache)
    assert entries(folder) == []


@pytest.mark.parametrize("damage", ["", "truncated", "changed", "foreign"])
def test_a_damaged_entry_is_a_miss(file: Path, folder: Path, cache: ParseCache, damage: str) -> None:
    plan = plan_dag(file, cache)
    (entry,) = entries(folder)
    data = entry.read_bytes()
    damaged = {
        "": b"",
        "truncated": data[: len(data) // 2],
        "changed": data.replace(b"first", b"third"),
        "foreign": b"{}\n",
    }
    entry.write_bytes(damaged[damage])
    assert cache.load(file) is None
    assert plan_dag(file, cache) == plan
    assert cache.load(file) is not None


def test_a_full_disk_costs_the_entry_only(
    file: Path, folder: Path, cache: ParseCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("airflow_ppf.pipeline_file.parse_cache.os.fdopen", full)
    assert plan_dag(file, cache).dag_id == "sales"
    assert entries(folder) == []


def test_a_folder_that_cannot_be_made_costs_the_cache_only(file: Path, tmp_path: Path) -> None:
    cache = ParseCache(tmp_path / "sales.conf" / "cache")
    assert plan_dag(file, cache).dag_id == "sales"
    assert cache.load(file) is None


def _plan_often(file: Path, folder: Path, number: int) -> list[str]:
    cache = ParseCache(folder)
    dag_ids = []
    for _ in range(20):
        dag_ids.append(plan_dag(file, cache).dag_id)
        for entry in folder.iterdir():
            if number % 2:
                entry.unlink(missing_ok=True)
    return dag_ids


@pytest.mark.slow
def test_eight_processes_may_write_at_once(file: Path, folder: Path) -> None:
    ParseCache(folder)
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        dag_ids = pool.starmap(_plan_often, [(file, folder, number) for number in range(8)])
    assert dag_ids == [["sales"] * 20] * 8
    plan_dag(file, ParseCache(folder))
    assert ParseCache(folder).load(file) is not None
    assert [entry.name for entry in entries(folder) if entry.name.startswith(".")] == []


def test_what_nobody_wrote_for_a_month_goes(file: Path, folder: Path, cache: ParseCache) -> None:
    plan_dag(file, cache)
    (entry,) = entries(folder)
    os.utime(entry, (0, 0))
    cache.store_index(folder, {"sales": str(file)})
    assert entry not in entries(folder)
    assert cache.load_index(folder) == {"sales": str(file)}


SHAPING_MODULES = (
    "import sys, pathlib\n"
    "from airflow_ppf.dags.dag_plan import plan_dag\n"
    "from airflow_ppf.pipeline_file.parse_cache import ParseCache\n"
    "plan_dag(pathlib.Path(sys.argv[1]), ParseCache(None))\n"
    "ours = [m for n, m in sys.modules.items() if n.split('.')[0] in ('airflow_ppf', 'ppf_core')]\n"
    "print('\\n'.join(m.__file__ for m in ours if m.__doc__ or m.__file__))\n"
)


def test_the_version_of_the_cache_covers_every_module_that_a_plan_is_made_with(tmp_path: Path) -> None:
    file = tmp_path / "tasks.conf"
    file.write_text(
        'name = p, version = "1", checkpoint { root = /x }, airflow { granularity = component, schedule = "@daily" }\n'
        "components = [{ name = read, component_type = source, class_path = ppf_core.batch.Read }]"
    )
    done = subprocess.run(
        [sys.executable, "-c", SHAPING_MODULES, str(file)], capture_output=True, text=True, check=True
    )
    modules = {Path(line) for line in done.stdout.split()}
    packages = {module for module in modules if module.name == "__init__.py"}
    assert modules - packages - set(plan_sources()) == set()
    assert {module.name for module in modules} >= {"task_plan.py", "task_planning.py", "quality_failure.py"}


@pytest.mark.parametrize("source", plan_sources(), ids=lambda source: "/".join(source.parts[-2:]))
def test_a_change_in_any_of_them_makes_the_entry_a_miss(
    file: Path, cache: ParseCache, monkeypatch: pytest.MonkeyPatch, source: Path
) -> None:
    plan_dag(file, cache)
    unchanged = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: unchanged(path) + (b"#" if path == source else b""))
    _reader_version.cache_clear()
    try:
        assert cache.load(file) is None
    finally:
        _reader_version.cache_clear()


def test_an_entry_with_a_plan_of_another_shape_is_a_miss(file: Path, cache: ParseCache, folder: Path) -> None:
    plan = plan_dag(file, cache)
    for entry in entries(folder):
        body = entry.read_bytes().partition(b"\n")[2].replace(b'"doc_md"', b'"no_md"')
        entry.write_bytes(content_digest(body).encode() + b"\n" + body)
    kept = cache.load(file)
    assert kept is not None
    assert kept.plan is not None
    assert "no_md" in kept.plan
    assert plan_dag(file, cache) == plan


@pytest.mark.parametrize(
    ("header", "tree"),
    [
        ("[]", "{}"),
        ("{}", "{}"),
        ("[" * 100_000, "{}"),
        (None, "[]"),
        (None, "null"),
        (None, "{"),
        (None, "[" * 100_000),
    ],
    ids=["header list", "header empty", "header deep", "tree list", "tree null", "tree cut", "tree deep"],
)
def test_an_entry_of_another_shape_is_a_miss(
    file: Path, cache: ParseCache, folder: Path, header: str | None, tree: str
) -> None:
    plan = plan_dag(file, cache)
    for entry in entries(folder):
        own = json.loads(entry.read_bytes().split(b"\n")[1])
        body = f"{header or json.dumps({**own, 'plan': None})}\n{tree}".encode()
        entry.write_bytes(content_digest(body).encode() + b"\n" + body)
    assert plan_dag(file, cache) == plan
