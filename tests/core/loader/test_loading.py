from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import pytest

from ppf_core.batch import Read
from ppf_core.component import ComponentInstantiationError
from ppf_core.config import ClassPathError, ComponentConfig, ComponentType, ConfigError
from ppf_core.loader import (
    instantiate_component,
    load_component_class,
    validate_component_class,
    validate_component_settings,
)
from tests.support.components import NoOp, Step
from tests.support.pipelines import step


def component(class_path: str, **config: Any) -> ComponentConfig:
    return ComponentConfig("c", ComponentType.SOURCE, class_path, config=config)


class Abstract(ABC):
    made = 0

    def __init__(self) -> None:
        type(self).made += 1

    @abstractmethod
    def run(self) -> None: ...


class FromConfig:
    def __init__(self, received: dict[str, Any]) -> None:
        self.received = received

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> FromConfig:
        config["touched"] = True
        return cls(config)

    def run(self) -> None: ...


HERE = __name__


def test_a_class_is_found_by_its_path() -> None:
    assert load_component_class("tests.support.components.NoOp") is NoOp


@pytest.mark.parametrize(
    ("class_path", "message"),
    [
        ("tests.support.components.NoOpp", "did you mean"),
        ("tests.stepps.NoOp", "stepps"),
        ("no_such_package.Thing", "no_such_package"),
        ("NoOp", "dots"),
        ("tests.support.components.EVENTS", "class"),
        ("tests.support.ticking_clock.Ticking", r"no run\(\)"),
        ("ppf_core.component.PipelineComponent", "abstract: it lacks run"),
        ("", "dots"),
    ],
)
def test_what_is_no_component_class_is_an_error_that_says_why(class_path: str, message: str) -> None:
    with pytest.raises(ClassPathError, match=message):
        load_component_class(class_path)
    (problem,) = validate_component_class(class_path)
    assert problem


def test_a_good_class_has_no_problems() -> None:
    assert validate_component_class("tests.support.components.NoOp") == []


def test_validating_makes_nothing() -> None:
    assert validate_component_class(f"{HERE}.Abstract") != []
    assert Abstract.made == 0


def test_settings_become_arguments() -> None:
    made = instantiate_component(step("a", config={"failures": 2}))
    assert isinstance(made, Step)
    assert (made.label, made.failures) == ("a", 2)


def test_from_config_is_preferred_and_gets_a_dict_of_its_own() -> None:
    config = component("tests.core.loader.test_loading.FromConfig", table="t")
    made = instantiate_component(config)
    assert made.received == {"table": "t", "touched": True}
    assert config.config == {"table": "t"}


@pytest.mark.parametrize(
    ("config", "cause"),
    [
        (component("tests.support.components.NoOp", unknown=1), TypeError),
        (component("tests.support.components.Missing"), ClassPathError),
        (component("ppf_core.batch.Read", formt="csv"), ConfigError),
    ],
)
def test_whatever_goes_wrong_is_one_error_with_its_cause(
    config: ComponentConfig, cause: type[Exception]
) -> None:
    with pytest.raises(ComponentInstantiationError) as raised:
        instantiate_component(config)
    assert raised.value.class_path == config.class_path
    assert isinstance(raised.value.cause, cause)


def test_a_class_that_can_say_beforehand_is_asked_about_its_settings() -> None:
    problems = validate_component_settings(component("ppf_core.batch.Read", output_view="v"))
    assert len(problems) == 1
    assert "table" in str(problems[0])


def test_one_that_cannot_has_no_problems() -> None:
    assert validate_component_settings(component("tests.support.components.NoOp", anything=1)) == []


def test_built_in_components_are_made_from_their_settings() -> None:
    made = instantiate_component(component("ppf_core.batch.Read", table="t", output_view="v"))
    assert isinstance(made, Read)
    assert made.settings.table == "t"
