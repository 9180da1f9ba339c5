"""The page on a first pipeline: its files run, fail and resume as it describes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "first-pipeline.md").read_text()


def block(language: str) -> str:
    """Return the first code block in that language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[0]


def commands() -> list[str]:
    """Return the commands of the page, in order."""
    shown = "".join(re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL))
    return re.findall(r"^\$ (.*)$", shown, re.MULTILINE)


@pytest.mark.slow
@pytest.mark.spark
def test_the_commands_of_the_page_fail_and_resume_the_pipeline(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(block("text"))
    (tmp_path / "sales.conf").write_text(block("hocon"))
    (tmp_path / "steps.py").write_text(block("python"))
    validate, first, touch, second = commands()
    (tmp_path / touch.removeprefix("touch ")).unlink(missing_ok=True)

    def ppf(command: str) -> tuple[int, dict[str, Any]]:
        program, *arguments = command.split()
        assert program == "ppf"
        done = subprocess.run(
            [str(Path(sys.executable).with_name("ppf")), *arguments, "--json"],
            cwd=tmp_path,
            env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, json.loads(done.stdout)

    def outcomes(document: dict[str, Any]) -> dict[str, str]:
        return {component["component"]: component["outcome"] for component in document["components"]}

    assert ppf(validate)[0] == 0
    code, document = ppf(first)
    assert code == 3
    assert outcomes(document) == {"read": "ran", "per_day": "ran", "notify": "failed", "write": "skipped"}
    assert document["resume_command"] == second

    (tmp_path / touch.removeprefix("touch ")).touch()
    code, document = ppf(second)
    assert code == 0
    assert outcomes(document) == {"read": "replayed", "per_day": "replayed", "notify": "ran", "write": "ran"}
    written = pd.read_parquet(tmp_path / "sales_per_day").sort_values("day", ignore_index=True)
    assert written.to_dict("list") == {"day": ["Mon", "Tue"], "amount": [11.75, 2.0]}
