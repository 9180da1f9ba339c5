"""A run whose process dies, and a second process that goes on with what the first one had materialised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

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
  { name = numbers, component_type = source, class_path = tests.spark.mortal_steps.Noted
    config { ledger = ${tags.folder}/ledger, view = numbers, query = "SELECT id FROM range(1000)" } }
  { name = clean, component_type = transformation, class_path = tests.spark.mortal_steps.Noted
    depends_on = [numbers]
    config { ledger = ${tags.folder}/ledger, view = clean
      query = "SELECT id, id % 7 AS k FROM numbers WHERE id % 10 > 0" } }
  { name = sums, component_type = transformation, class_path = tests.spark.mortal_steps.Noted
    depends_on = [clean]
    config { ledger = ${tags.folder}/ledger, view = sums
      query = "SELECT k, sum(id) AS s, count(*) AS n FROM clean GROUP BY k" } }
  { name = save, component_type = sink, class_path = tests.spark.mortal_steps.Mortal
    depends_on = [clean, sums]
    config { ledger = ${tags.folder}/ledger, view = saved
      deadly = ${tags.folder}/deadly, path = ${tags.folder}/out
      query = "SELECT clean.id, sums.* FROM clean JOIN sums ON clean.k = sums.k" } }
]
"""


class Runs:
    """Each try is a process of its own; `ledger` tells which components ran."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.file = folder / "pipeline.conf"
        self.file.write_text(PIPELINE.replace("FOLDER", str(folder)))

    def once(self) -> subprocess.CompletedProcess[str]:
        """Another try of the run."""
        environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "SPARK_LOCAL_IP": "127.0.0.1"}
        program = [str(Path(sys.executable).parent / "ppf"), "run", str(self.file)]
        return subprocess.run(
            [*program, "--run-id", "run", "--json"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    @property
    def ledger(self) -> list[str]:
        return (self.folder / "ledger").read_text().split()

    def output(self) -> pd.DataFrame:
        return pd.read_parquet(self.folder / "out").sort_values("id", ignore_index=True)


def test_a_new_process_restores_what_the_dead_one_had_materialised_and_comes_to_the_same(
    tmp_path: Path,
) -> None:
    mortal, undisturbed = Runs(tmp_path / "mortal"), Runs(tmp_path / "undisturbed")
    (mortal.folder / "deadly").touch()
    assert mortal.once().returncode == -9
    assert mortal.ledger == ["numbers", "clean", "sums", "saved"]

    second = mortal.once()
    assert second.returncode == 0, second.stderr
    assert mortal.ledger[4:] == ["saved"]
    outcomes = {one["component"]: one["outcome"] for one in json.loads(second.stdout)["components"]}
    assert outcomes == {"numbers": "skipped", "clean": "restored", "sums": "restored", "save": "succeeded"}
    assert list((mortal.folder / "ppf" / "handover").iterdir()) == []

    assert undisturbed.once().returncode == 0
    assert len(undisturbed.output()) == 900
    pd.testing.assert_frame_equal(mortal.output(), undisturbed.output())
