"""A config survives being written down and read again."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ppf_core.config import PipelineConfig, load_from_string

_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ue000\ue001"), max_size=10)
_retries = st.fixed_dictionaries(
    {},
    optional={
        "max_attempts": st.integers(1, 100),
        "initial_delay_seconds": st.floats(0, 10),
        "max_delay_seconds": st.floats(10, 1000),
        "backoff_multiplier": st.floats(1, 10),
        "retry_on_exceptions": st.lists(_texts, max_size=2),
    },
)
_components = st.fixed_dictionaries(
    {
        "name": _texts,
        "component_type": st.sampled_from(["source", "transformation", "sink"]),
        "class_path": _texts,
    },
    optional={
        "config": st.dictionaries(
            _texts, _texts | st.integers() | st.booleans() | st.none() | st.lists(_texts), max_size=3
        ),
        "depends_on": st.lists(_texts, max_size=3),
        "retry": _retries | st.none() | st.sampled_from(["none", "patient"]),
        "resilience": st.fixed_dictionaries({}, optional={"retry": _retries}),
        "enabled": st.booleans(),
    },
)
_pipelines = st.fixed_dictionaries(
    {"name": _texts, "version": _texts, "components": st.lists(_components, max_size=3)},
    optional={
        "environment": st.sampled_from(["dev", "staging", "prod", "test"]),
        "tags": st.dictionaries(_texts, _texts, max_size=3),
        "spark": st.fixed_dictionaries({"app_name": _texts}, optional={"dynamic_allocation": st.booleans()}),
        "execution": st.fixed_dictionaries(
            {}, optional={"fail_fast": st.booleans(), "max_parallel": st.integers(1, 64)}
        ),
    },
)


@settings(deadline=None, max_examples=40)
@given(_pipelines)
def test_a_config_that_is_written_down_is_the_same_when_it_is_read_again(tree: dict[str, Any]) -> None:
    config = load_from_string(json.dumps(tree), PipelineConfig)
    written = TypeAdapter(PipelineConfig).dump_json(config).decode()
    assert load_from_string(written, PipelineConfig) == config
