"""A run whose process dies, and a second process that restores what the first had materialised."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from ppf_core.runner import LocalCheckpointStore

pytestmark = [pytest.mark.spark, pytest.mark.slow]

CHECKOUT = Path(__file__).parents[2]
PIPELINE = """
name = mortal
version = "1"
tags { folder = "FOLDER" }
spark {
  master = "local[2]", driver_memory = 512m
  spark_conf { "spark.ui.enabled" = false, "spark.sql.shuffle.partitions" = 2 }
}
checkpoint { root = ${tags.folder}/ppf, materialize = true }
components = [
  { name = numbers, component_type = source, class_path = tests.support.ledger_components.Noted
    config { ledger = ${tags.folder}/ledger, view = numbers, query = "SELECT id FROM range(1000)" } }
  { name = clean, component_type = transformation, class_path = tests.support.ledger_components.Noted
    depends_on = [numbers]
    config { ledger = ${tags.folder}/ledger, view = clean
      query = "SELECT id, id % 7 AS k FROM numbers WHERE id % 10 > 0" } }
  { name = sums, component_type = transformation, class_path = tests.support.ledger_components.Noted
    depends_on = [clean]
    config { ledger = ${tags.folder}/ledger, view = sums
      query = "SELECT k, sum(id) AS s, count(*) AS n FROM clean GROUP BY k" } }
  { name = save, component_type = sink, class_path = tests.support.ledger_components.Mortal
    depends_on = [clean, sums]
    config { ledger = ${tags.folder}/ledger, view = saved
      deadly = ${tags.folder}/deadly, path = ${tags.folder}/out
      query = "SELECT clean.id, sums.* FROM clean JOIN sums ON clean.k = sums.k" } }
]
"""


class Runs:
    """Runs whose tries are processes; `ledger` has the components that ran."""

    def __init__(self, folder: Path, pipeline: str = PIPELINE) -> None:
        folder.mkdir()
        self.folder = folder
        self.file = folder / "pipeline.conf"
        self.file.write_text(pipeline.replace("FOLDER", str(folder)))

    def begin(self) -> subprocess.Popen[str]:
        """Start another try of the run."""
        program = [str(Path(sys.executable).parent / "ppf"), "run", str(self.file)]
        return subprocess.Popen(
            [*program, "--run-id", "run", "--json"],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), "SPARK_LOCAL_IP": "127.0.0.1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def once(self) -> tuple[int, str, str]:
        """Run another try; return the exit code, the output and the log."""
        process = self.begin()
        printed, logged = process.communicate(timeout=300)
        return process.returncode, printed, logged

    @property
    def ledger(self) -> list[str]:
        return (self.folder / "ledger").read_text().split()

    def output(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "out").sort_values("id", ignore_index=True)


def test_a_new_process_restores_what_the_dead_process_had_materialised_and_comes_to_the_same(
    tmp_path: Path,
) -> None:
    mortal, undisturbed = Runs(tmp_path / "mortal"), Runs(tmp_path / "undisturbed")
    (mortal.folder / "deadly").touch()
    assert mortal.once()[0] == -9
    assert mortal.ledger == ["numbers", "clean", "sums", "saved"]

    exit_code, printed, logged = mortal.once()
    assert exit_code == 0, logged
    assert mortal.ledger[4:] == ["saved"]
    outcomes = {
        component["component"]: component["outcome"] for component in json.loads(printed)["components"]
    }
    assert outcomes == {"numbers": "skipped", "clean": "restored", "sums": "restored", "save": "ran"}
    assert list((mortal.folder / "ppf" / "handover").iterdir()) == []

    assert undisturbed.once()[0] == 0
    assert len(undisturbed.output()) == 900
    pd.testing.assert_frame_equal(mortal.output(), undisturbed.output())


STOPPED = """
name = stopped
version = "1"
spark { master = "local[2]", driver_memory = 512m, spark_conf { "spark.ui.enabled" = false } }
checkpoint { root = "FOLDER/ppf", materialize = true }
hooks { custom = [
  { class_path = tests.support.ledger_components.RecordsFailures, config { path = "FOLDER/failure" } }
] }
components = [
  { name = first, component_type = transformation, class_path = tests.support.ledger_components.Noted
    config { ledger = "FOLDER/ledger", view = first, query = "SELECT 1 AS x" } }
  { name = endless, component_type = transformation, class_path = tests.support.ledger_components.Endless
    depends_on = [first], config { ledger = "FOLDER/ledger", view = endless, query = "", fifo = "FOLDER/fifo" } }
  { name = next, component_type = transformation, class_path = tests.support.ledger_components.Noted
    depends_on = [endless], config { ledger = "FOLDER/ledger", view = next, query = "TABLE endless" } }
]
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_stops_the_writing_of_a_view_within_two_seconds_and_leaves_a_run_that_can_be_resumed(
    tmp_path: Path, number: signal.Signals
) -> None:
    runs = Runs(tmp_path / "run", STOPPED)
    os.mkfifo(runs.folder / "fifo")
    process = runs.begin()
    (runs.folder / "fifo").read_text()
    struck = time.monotonic()
    process.send_signal(number)
    _, output = process.communicate(timeout=120)
    assert process.returncode == 128 + number, output
    failed_at, _, what = (runs.folder / "failure").read_text().partition(" ")
    assert float(failed_at) - struck < 2
    assert what.startswith("endless: the run was cancelled")
    state = LocalCheckpointStore(runs.folder / "ppf").load("run", "stopped")
    assert state is not None
    assert (state.status, state.completed_components, list(state.completed.records)) == (
        "failed",
        ["first"],
        ["first"],
    )
    assert runs.ledger == ["first", "endless"]
