from __future__ import annotations

import pytest
from pydantic.dataclasses import dataclass

from ppf_core.component import ConfigurableInstance, PipelineComponent, WithSettings
from ppf_core.config import STRICT_KEYS, ConfigError


@dataclass(frozen=True, config=STRICT_KEYS)
class CleanSettings:
    view: str
    minimum: float = 0.0


class Clean(WithSettings[CleanSettings], PipelineComponent):
    settings_class = CleanSettings

    def run(self) -> None: ...


def test_the_config_block_becomes_the_settings() -> None:
    clean = Clean.from_config({"view": "v", "minimum": "1.5"})
    assert clean.settings == CleanSettings("v", 1.5)
    assert isinstance(clean, ConfigurableInstance)


def test_all_wrong_settings_are_reported_at_once() -> None:
    wrong = {"minimun": 1, "minimum": "many"}
    problems = list(map(str, Clean.validate_config(wrong)))
    assert len(problems) == 3
    assert 'minimun: expected a known key, got "minimun" (did you mean "minimum"?)' in problems
    assert 'minimum: expected a number, got "many"' in problems
    assert "view: expected a value for this key, got none" in problems
    with pytest.raises(ConfigError) as caught:
        Clean.from_config(wrong)
    assert len(caught.value.problems) == 3


def test_right_settings_are_no_problem() -> None:
    assert Clean.validate_config({"view": "v"}) == []
