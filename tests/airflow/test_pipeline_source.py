"""Forms of the argument `pipeline=`: a path, a config, overrides."""

from __future__ import annotations

from pathlib import Path

import pytest

from airflow_ppf.pipeline_file.source import PipelineSource
from ppf_core.config import ComponentConfig, ComponentType, ConfigError, PipelineConfig, SparkConfig

TREE = {
    "name": "sales",
    "version": "1",
    "components": [
        {
            "name": "read",
            "component_type": "source",
            "class_path": "ppf_core.batch.Read",
            "config": {"table": "{{ ds }}", "output_view": "sales"},
        }
    ],
}

TEXT = """
name = sales
version = "{{ not.rendered }}"
components = [
  { name = read, component_type = source, class_path = ppf_core.batch.Read
    config { table = "{{ ds }}", output_view = sales } }
]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sales.conf"
    path.write_text(TEXT)
    return path


def test_a_relative_path_is_beside_the_dag_file(file: Path) -> None:
    assert PipelineSource("sales.conf", file.parent).load().name == "sales"


def test_an_absolute_path_stays_where_it_is(file: Path, tmp_path: Path) -> None:
    assert PipelineSource(file, tmp_path / "elsewhere").load().name == "sales"


def test_a_missing_file_is_reported_with_the_path_that_was_tried(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=str(tmp_path / "none.conf")):
        PipelineSource("none.conf", tmp_path).load()


def test_templates_of_a_file_are_rendered_in_component_config_only(file: Path) -> None:
    config = PipelineSource(file).load(render=lambda block: {**block, "table": "2013-01-01"})

    assert config.get_component("read").config == {"table": "2013-01-01", "output_view": "sales"}
    assert config.version == "{{ not.rendered }}"


def test_a_mapping_is_not_rendered_again() -> None:
    config = PipelineSource(TREE).load(render=lambda _block: pytest.fail("rendered twice"))
    assert config.get_component("read").config["table"] == "{{ ds }}"


def test_a_config_is_the_pipeline_itself() -> None:
    component = ComponentConfig("read", ComponentType.SOURCE, "ppf_core.batch.Read")
    config = PipelineConfig("sales", "1", SparkConfig("sales"), [component])
    assert PipelineSource(config).load() is config


def test_a_config_cannot_be_overridden() -> None:
    config = PipelineConfig("sales", "1", SparkConfig("sales"), [])
    with pytest.raises(ConfigError, match="expected a file or a mapping"):
        PipelineSource(config).load({"name": "other"})


def test_an_override_takes_the_place_of_a_components_setting(file: Path) -> None:
    config = PipelineSource(file).load({"components.read.config.table": "other"})
    assert config.get_component("read").config["table"] == "other"


def test_an_override_makes_the_blocks_on_its_way(file: Path) -> None:
    config = PipelineSource(file).load({"execution.fail_fast": False})
    assert config.execution.fail_fast is False


def test_overriding_leaves_the_mapping_as_it_was() -> None:
    PipelineSource(TREE).load({"components.read.config.table": "other"})
    assert TREE["components"][0]["config"]["table"] == "{{ ds }}"  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "components.raed.enabled",
            r'components\.raed\.enabled: .* a component, got "raed" \(did you mean "read"\?\)',
        ),
        ("components.read", r"expected a path to one setting"),
        ("name.first", r'overrides: name\.first: "name" is a value, not a block'),
        ("components.read.enabeld", r'did you mean "enabled"'),
    ],
)
def test_a_wrong_override_is_reported_with_its_path(file: Path, path: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        PipelineSource(file).load({path: 1})


def test_what_is_overridden_is_rendered_neither_before_nor_after(file: Path) -> None:
    rendered: list[str] = []

    def render(block: dict[str, object]) -> dict[str, object]:
        rendered.append(str(block))
        return block

    overrides = {
        "components.read.config.table": "{{ as it came }}",
        "components.read.config.options.x": "{{ y }}",
    }
    config = PipelineSource(file).load(overrides, render)

    assert config.get_component("read").config["table"] == "{{ as it came }}"
    assert config.get_component("read").config["options"] == {"x": "{{ y }}"}
    assert "{{" not in "".join(rendered)
