"""The package as Airflow sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from airflow_ppf.dag_section import AirflowSection
from airflow_ppf.get_provider_info import get_provider_info
from ppf_core.config import PipelineConfig, installed_sections, load_from_file


def test_the_entry_point_leads_to_the_providers_description() -> None:
    (entry,) = [
        one for one in entry_points(group="apache_airflow_provider") if one.value.startswith("airflow_ppf")
    ]
    assert entry.load()()["package-name"] == "airflow-provider-ppf"


def test_the_core_knows_the_block_of_a_pipeline_file_that_is_for_airflow() -> None:
    example = Path(__file__).parents[2] / "example_dags" / "numbers" / "squares.conf"
    assert installed_sections() == {"airflow": AirflowSection}
    assert load_from_file(example, PipelineConfig).name == "squares"


def test_the_place_of_the_parse_cache_is_an_option_of_airflow() -> None:
    assert get_provider_info()["config"]["ppf"]["options"]["parse_cache"]["default"] is None


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
