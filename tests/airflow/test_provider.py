"""The package as Airflow sees it."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from airflow_ppf.connection.form import CONNECTION_FIELDS
from airflow_ppf.connection.pipeline_connection import PipelineConnection
from airflow_ppf.get_provider_info import get_provider_info
from airflow_ppf.hooks.pipeline import PipelineHook
from airflow_ppf.pipeline_file.airflow_block import AirflowSection
from ppf_core.config import DeployMode, PipelineConfig, installed_sections, load_from_file


def test_the_entry_point_leads_to_the_providers_description() -> None:
    (entry,) = [
        entry_point
        for entry_point in entry_points(group="apache_airflow_provider")
        if entry_point.value.startswith("airflow_ppf")
    ]
    assert entry.load()()["package-name"] == "airflow-provider-ppf"


def test_the_core_knows_the_block_of_a_pipeline_file_that_is_for_airflow() -> None:
    example = Path(__file__).parents[2] / "example_dags" / "numbers" / "squares.conf"
    assert installed_sections() == {"airflow": AirflowSection}
    assert load_from_file(example, PipelineConfig).name == "squares"


def test_the_place_of_the_parse_cache_is_an_option_of_airflow() -> None:
    assert get_provider_info()["config"]["ppf"]["options"]["parse_cache"]["default"] is None


def test_what_it_says_is_what_airflow_asks_for() -> None:
    import airflow
    from jsonschema import validate

    folder = Path(airflow.__file__).parent
    info = get_provider_info()
    validate(info, json.loads((folder / "provider_info.schema.json").read_text()))
    connections = json.loads((folder / "provider.yaml.schema.json").read_text())["properties"][
        "connection-types"
    ]
    validate(info["connection-types"], connections)


def test_the_form_has_a_field_and_a_help_text_for_all_that_a_connection_may_say() -> None:
    (connection_type,) = get_provider_info()["connection-types"]
    assert connection_type["connection-type"] == PipelineHook.conn_type
    assert connection_type["hook-class-name"] == f"{PipelineHook.__module__}.{PipelineHook.__qualname__}"
    fields = connection_type["conn-fields"]
    shown = {field.name for field in dataclasses.fields(PipelineConnection)}
    assert set(fields) == shown - {
        "conn_id",
        "connect_string",
        "token",
    }  # which are of the address and the password
    assert all(field["label"] and field["description"] for field in fields.values())
    assert fields["deploy_mode"]["schema"]["enum"] == [*(mode.value for mode in DeployMode), None]


def test_the_page_on_connections_has_every_field() -> None:
    page = (Path(__file__).parents[2] / "docs" / "connection.md").read_text(encoding="utf-8")
    for name, field in CONNECTION_FIELDS.items():
        assert f"| {field['label']} | `{name}` |" in page


def test_to_describe_the_provider_takes_no_import_of_the_core() -> None:
    program = "import sys; import airflow_ppf.get_provider_info; print('ppf_core' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.slow
@pytest.mark.airflow
def test_airflow_shows_the_form_of_the_connection(tmp_path: Path) -> None:
    program = """
import json
from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService
found = [one for one in HookMetaService.hook_meta_data() if one.connection_type == "ppf"]
print(json.dumps([one.model_dump(mode="json") for one in found]))
"""
    shown = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    (form,) = json.loads(shown.stdout.splitlines()[-1])
    assert form["hook_name"] == "PPF pipeline"
    assert form["extra_fields"].keys() == CONNECTION_FIELDS.keys()
    for name, field in form["extra_fields"].items():
        assert field["schema"]["title"] == CONNECTION_FIELDS[name]["label"]
        assert field["description"] == CONNECTION_FIELDS[name]["description"]
    assert form["standard_fields"]["password"]["title"] == "Token of the Connect server"
    assert form["standard_fields"]["host"]["hidden"]


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
