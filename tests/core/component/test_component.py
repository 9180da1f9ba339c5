from __future__ import annotations

import pickle
from typing import Any

import pytest

from ppf_core.component import (
    ComponentError,
    ComponentExecutionError,
    ComponentInstantiationError,
    ConfigurableInstance,
    DataFlow,
    PipelineComponent,
    Resource,
)
from ppf_core.errors import PpfError


class Clean(DataFlow):
    def run(self) -> None:
        self.logger.warning("cleaning with %s", self.spark)


class Named(PipelineComponent):
    @property
    def name(self) -> str:
        return "mine"

    def run(self) -> None: ...


class Opened:
    def open(self) -> None: ...

    def close(self) -> None: ...


class Made:
    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Made:
        return cls()


def test_a_component_without_run_cannot_be_made() -> None:
    class Nothing(PipelineComponent):
        pass

    with pytest.raises(TypeError, match="run"):
        Nothing()  # type: ignore[abstract]


def test_a_component_is_named_after_its_class_by_default() -> None:
    assert (Clean().name, Named().name) == ("Clean", "mine")


def test_the_session_must_be_set_first_and_the_error_says_how() -> None:
    with pytest.raises(ComponentError, match="set_spark_session"):
        _ = Clean().spark


def test_a_dataflow_has_the_session_it_was_given_and_logs_under_its_class(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clean = Clean()
    clean.set_spark_session("the session")  # type: ignore[arg-type]
    clean.run()
    assert caplog.messages == ["cleaning with the session"]
    assert caplog.records[0].name.endswith("test_component.Clean")


def test_protocols_are_recognised_by_their_methods() -> None:
    assert isinstance(Opened(), Resource)
    assert not isinstance(Clean(), Resource)
    assert isinstance(Made(), ConfigurableInstance)
    assert not isinstance(Clean(), ConfigurableInstance)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            ComponentInstantiationError("my.Clean", ValueError("no table")),
            "cannot create a component of class my.Clean: ValueError: no table",
        ),
        (
            ComponentExecutionError("clean", ValueError("no table")),
            "component 'clean' failed: ValueError: no table",
        ),
    ],
)
def test_errors_say_what_and_keep_their_cause_also_when_pickled(error: Any, text: str) -> None:
    assert issubclass(type(error), ComponentError)
    assert issubclass(ComponentError, PpfError)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made on the same line
    for each in (error, again):
        assert str(each) == text
        assert str(each.cause) == "no table"
        assert each.__cause__ is each.cause
