"""The package as Airflow sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest


def test_the_entry_point_leads_to_the_providers_description() -> None:
    (entry,) = [
        one for one in entry_points(group="apache_airflow_provider") if one.value.startswith("airflow_ppf")
    ]
    assert entry.load()()["package-name"] == "airflow-provider-ppf"


@pytest.mark.slow
@pytest.mark.airflow
def test_airflow_lists_the_provider(tmp_path: Path) -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "airflow", "providers", "list", "-o", "plain"],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "airflow-provider-ppf" in listed.stdout
