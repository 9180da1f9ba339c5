"""Paths in ARCHITECTURE.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ["", "ppf_core", "ppf_core/runner", "airflow_ppf", "tests", "tests/airflow", "tests/core/runner"]
ROOMS += ["ppf_core/runner/execution", "ppf_core/runner/checkpoint", "airflow_ppf/checkpoint"]
PATHS = sorted(set(re.findall(r"`([\w./]+(?:\.py|/))`", (ROOT / "ARCHITECTURE.md").read_text())))


def test_there_are_paths_to_check() -> None:
    assert len(PATHS) > 60


@pytest.mark.parametrize("path", PATHS)
def test_every_path_in_the_architecture_page_exists(path: str) -> None:
    assert any((ROOT / room / path).exists() for room in ROOMS)
