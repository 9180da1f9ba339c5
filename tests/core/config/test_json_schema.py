"""The JSON Schema of pipeline files, beside what the models themselves take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from airflow_ppf.pipeline_file.airflow_block import AirflowSection
from ppf_core.config import (
    ConfigError,
    PipelineConfig,
    decode_with_sections,
    pipeline_file_schema,
    read_document,
)

SECTIONS = {"airflow": AirflowSection}
SCHEMA = pipeline_file_schema(SECTIONS)
VALIDATOR = Draft202012Validator(SCHEMA)
EXAMPLES = sorted(
    file for file in (Path(__file__).parents[3] / "example_dags").rglob("*.conf") if file.name[0] != "_"
)

SMALL: dict[str, Any] = {
    "name": "p",
    "version": "1",
    "components": [{"name": "a", "component_type": "source", "class_path": "x.Y"}],
}


def with_component(**more: Any) -> dict[str, Any]:
    return {**SMALL, "components": [{**SMALL["components"][0], **more}]}


def decodes(tree: dict[str, Any]) -> bool:
    try:
        decode_with_sections(tree, PipelineConfig, SECTIONS)
    except ConfigError:
        return False
    return True


def test_it_is_a_schema_of_draft_2020_12() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_examples_fit(file: Path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(read_document(path=file).tree)] == []


RIGHT = [
    SMALL,
    {**SMALL, "version": 1.1, "spark": {}},
    {**SMALL, "spark": {"spark_conf": {"spark": {"sql": {"ansi": {"enabled": True}}}}}},
    {**SMALL, "execution": {"max_parallel": "4", "fail_fast": "yes"}, "tags": {"nightly": True}},
    with_component(
        retry="aggressive", resilience="patient", circuit_breaker={"timeout_seconds": "2 minutes"}
    ),
    with_component(retry={"initial_delay_seconds": "500 ms", "max_delay_seconds": 60}),
    {
        **SMALL,
        "airflow": {"schedule": "@daily", "start_date": "2026-01-31", "outlets": ["s3://x", {"name": "y"}]},
    },
    {
        **SMALL,
        "airflow": {"schedule": ["a", "b"], "on_failure_callback": "x.y", "default_args": {"retries": 2}},
    },
    {**SMALL, "airflow": {"schedule": {"class_path": "x.T"}, "on_success_callback": [{"class_path": "x.Y"}]}},
    {**SMALL, "quality": {"checks": [{"type": "row_count", "table": "t", "min_rows": 1}]}},
]

WRONG = [
    {},
    {**SMALL, "nmae": "x"},
    {**SMALL, "components": {}},
    {**SMALL, "environment": "production"},
    {**SMALL, "execution": {"max_parallel": 0}},
    {**SMALL, "execution": {"max_parallel": "many"}},
    {**SMALL, "execution": {"fail_fast": "perhaps"}},
    {**SMALL, "spark": {"app": "x"}},
    {**SMALL, "airflow": {"shedule": "@daily"}},
    {**SMALL, "airflow": {"schedule": 5}},
    {**SMALL, "airflow": {"start_date": "soon"}},
    {**SMALL, "airflow": {"default_args": {"retries": -1}}},
    {**SMALL, "quality": {"checks": [{"type": "rows"}]}},
    with_component(retry="often"),
    with_component(retry={"max_attempts": 0}),
    with_component(retry={"initial_delay_seconds": [1]}),
    with_component(depend_on=["b"]),
    with_component(component_type="step"),
    with_component(config=[1]),
]


@pytest.mark.parametrize("tree", RIGHT, ids=str)
def test_what_the_models_take_fits(tree: dict[str, Any]) -> None:
    assert decodes(tree)
    assert [error.message for error in VALIDATOR.iter_errors(tree)] == []


@pytest.mark.parametrize("tree", WRONG, ids=str)
def test_what_the_models_refuse_does_not_fit(tree: dict[str, Any]) -> None:
    assert not decodes(tree)
    assert not VALIDATOR.is_valid(tree)


BLOCKS = {
    "execution": ["fail_fast", "max_parallel"],
    "checkpoint": ["root", "materialize", "keep", "on_config_change"],
    "spark": ["driver_memory", "num_executors", "dynamic_allocation", "deploy_mode", "app_name"],
    "airflow": ["catchup", "tags", "max_active_runs", "pool", "doc_md", "schedule", "end_date"],
    "retry": ["max_attempts", "backoff_multiplier", "max_delay_seconds", "retry_on_exceptions"],
}
VALUES = st.one_of(
    st.booleans(),
    st.none(),
    st.integers(-2, 100),
    st.floats(-1, 100).map(lambda number: round(number, 2)),
    st.sampled_from(["yes", "4", "1g", "10 s", "cluster", "fail", "@daily", "2026-01-31", "text", ""]),
    st.lists(st.sampled_from(["a", 1, True]), max_size=2),
    st.just({}),
)


@given(st.sampled_from(sorted(BLOCKS)), st.data())
def test_nothing_that_the_models_take_is_refused(block: str, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(BLOCKS[block]))
    settings = {key: data.draw(VALUES)}
    tree = with_component(retry=settings) if block == "retry" else {**SMALL, block: settings}
    if decodes(tree):
        assert [error.message for error in VALIDATOR.iter_errors(tree)] == []


def test_every_block_is_described_and_takes_no_unknown_key() -> None:
    for name, definition in [("", SCHEMA), *SCHEMA["$defs"].items()]:
        assert definition["description"], name
        if definition["type"] == "object":
            assert definition["additionalProperties"] is False, name


def test_a_key_is_described_by_the_text_in_its_block() -> None:
    retry = SCHEMA["$defs"]["RetryConfig"]["properties"]
    assert retry["max_attempts"]["description"] == (
        "Retries of a component within a try: `max_attempts` includes the first attempt."
    )
    assert "`max_delay_seconds`" in retry["backoff_multiplier"]["description"]
    assert "description" not in SCHEMA["$defs"]["ComponentConfig"]["properties"]["name"]


def test_defaults_and_the_names_of_presets_are_in_it() -> None:
    component = SCHEMA["$defs"]["ComponentConfig"]["properties"]
    assert component["enabled"]["default"] is True
    assert component["depends_on"]["default"] == []
    assert {"enum": ["none", "conservative", "standard", "aggressive", "patient"]} in component["retry"][
        "anyOf"
    ]
    assert SCHEMA["$defs"]["ComponentType"]["enum"] == ["source", "transformation", "sink"]
    assert SCHEMA["$defs"]["ExecutionConfig"]["properties"]["max_parallel"]["default"] == 1


def test_without_the_provider_there_is_no_block_of_its_own() -> None:
    assert "airflow" not in pipeline_file_schema({})["properties"]
