"""Blocks of a pipeline file that are for another program."""

from __future__ import annotations

import pytest
from pydantic.dataclasses import dataclass

from ppf_core.config import STRICT_KEYS, ConfigError, PipelineConfig, WholeNumber, decode_with_sections
from ppf_core.config.hocon import read_document

TEXT = """
name = sales
version = "1"
components = []
somewhere {
  level = high
  lewel = 2
}
"""


@dataclass(frozen=True, config=STRICT_KEYS)
class Somewhere:
    level: WholeNumber = 1


def problems(text: str, sections: dict[str, type]) -> list[str]:
    document = read_document(text)
    with pytest.raises(ConfigError) as caught:
        decode_with_sections(document.tree, PipelineConfig, sections, document.origins)
    return [str(problem) for problem in caught.value.problems]


def test_a_section_is_read_with_a_model_of_its_own() -> None:
    tree = {"name": "sales", "version": "1", "components": [], "somewhere": {"level": "3"}}
    config, sections = decode_with_sections(tree, PipelineConfig, {"somewhere": Somewhere})
    assert config.name == "sales"
    assert sections == {"somewhere": Somewhere(3)}


def test_a_section_that_is_not_there_is_not_made_up() -> None:
    tree = {"name": "sales", "version": "1", "components": []}
    assert decode_with_sections(tree, PipelineConfig, {"somewhere": Somewhere})[1] == {}


def test_problems_of_a_section_are_reported_with_path_and_line() -> None:
    assert problems(TEXT, {"somewhere": Somewhere}) == [
        'line 6: somewhere.level: expected a whole number, got "high"',
        'line 7: somewhere.lewel: expected a known key, got "lewel" (did you mean "level"?)',
    ]


def test_problems_of_the_pipeline_and_of_a_section_are_reported_at_once() -> None:
    reported = problems(TEXT.replace("name =", "nam ="), {"somewhere": Somewhere})
    assert [line.split(": ")[1] for line in reported] == ["nam", "somewhere.level", "somewhere.lewel"] or len(
        reported
    ) == 4


def test_a_section_nobody_knows_is_an_unknown_key() -> None:
    (reported,) = problems(TEXT, {})
    assert reported.startswith('line 5: somewhere: expected a known key, got "somewhere"')


def test_the_name_of_a_section_is_among_those_that_may_have_been_meant() -> None:
    (reported,) = problems(TEXT.replace("somewhere {", "somwhere {"), {"somewhere": Somewhere})
    assert reported.endswith('got "somwhere" (did you mean "somewhere"?)')
