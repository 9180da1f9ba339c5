"""Samples of `ppf run` on the page about the command line, compared with its output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()

PIPELINE = """
name = sales
version = "1.0"
checkpoint.root = {folder}/checkpoints
components = [
  {{ name = read, component_type = source, class_path = ppf_core.batch.Read
    config {{ format = csv, path = {folder}/sales.csv, options {{ header = true }}, output_view = sales }} }}
  {{ name = total, component_type = transformation, class_path = ppf_core.batch.Sql, depends_on = [read]
    config {{ query = "SELECT day, sum(amount) AS amount FROM sales GROUP BY day", output_view = totals }} }}
  {{ name = approve, component_type = transformation, class_path = approval.Approve, depends_on = [total]
    config {{ asked = {folder}/asked }} }}
  {{ name = write, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [approve]
    config {{ format = parquet, view = totals, path = {folder}/totals }} }}
  {{ name = archive, component_type = sink, class_path = ppf_core.batch.Write, depends_on = [total], enabled = false
    config {{ format = parquet, view = sales, path = {folder}/archive }} }}
]
"""

APPROVAL = """
from pathlib import Path

class Approve:
    def __init__(self, asked):
        self.asked = Path(asked)

    def run(self):
        if not self.asked.exists():
            self.asked.touch()
            raise ConnectionError("the approval service does not answer")
"""


def comparable(shown: str) -> list[str]:
    """Return the lines without variable parts: seconds, sizes, widths of columns, lines of slow machines."""
    lines = [line for line in shown.splitlines() if " for " not in line]
    return [
        re.sub(r" +", " ", re.sub(r"(\d+ min )?[0-9.]+ (s|B)\b", r"N \2", line)).strip() for line in lines
    ]


@pytest.mark.slow
@pytest.mark.spark
def test_a_failed_run_and_its_resume_print_what_the_page_shows(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("day,amount\nMon,1\nTue,2\nMon,3\n")
    (tmp_path / "sales.conf").write_text(PIPELINE.format(folder=tmp_path))
    (tmp_path / "approval.py").write_text(APPROVAL)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "SPARK_LOCAL_IP": "127.0.0.1"}
    transcript = next(
        block for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) if "--run-id monday" in block
    )
    for part in re.split(r"^\$ ppf ", transcript, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        shown, _, code = shown.partition("$ echo $?\n")
        ppf = [str(Path(sys.executable).with_name("ppf")), *command.split()]
        done = subprocess.run(ppf, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert comparable(done.stdout) == comparable(shown), done.stderr[-2000:]
        assert done.returncode == int(code or 0)
