"""Identity of the run, for components that ask for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ppf_core.component import PipelineComponent, RunAware, RunIdentity
from ppf_core.config import ComponentConfig, ComponentType, PipelineConfig, RetryConfig, SparkConfig
from ppf_core.runner import RunOptions, SimplePipelineRunner

IDENTITIES: list[RunIdentity] = []
RAN: list[RunIdentity] = []


class Aware(PipelineComponent):
    """Fails in its first try."""

    def set_run_identity(self, identity: RunIdentity) -> None:
        IDENTITIES.append(identity)

    def run(self) -> None:
        RAN.append(IDENTITIES[-1])
        if len(RAN) == 1:
            raise ConnectionError("lost")


@pytest.fixture(autouse=True)
def _no_identities() -> None:
    IDENTITIES.clear()
    RAN.clear()


def pipeline() -> PipelineConfig:
    retry = RetryConfig(max_attempts=2, initial_delay_seconds=0.0)
    aware = ComponentConfig("a", ComponentType.SINK, f"{__name__}.Aware", retry=retry)
    return PipelineConfig("p", "1", SparkConfig("app"), [aware])


def test_the_identity_is_known_before_each_try_and_the_same_in_all_of_them() -> None:
    assert isinstance(Aware(), RunAware)
    for _ in range(2):
        result = SimplePipelineRunner(pipeline(), run_id="r", options=RunOptions(scope=("dag",))).run()
        assert result.failed_components == []
    expected = RunIdentity(("dag",), "p", "r", "a")
    assert [identity == expected for identity in RAN] == [True] * 3


def test_without_a_run_id_each_run_is_one_of_its_own() -> None:
    runner = SimplePipelineRunner(pipeline())
    runner.run()
    runner.run()
    first, retry, second = RAN
    assert first == retry
    assert first.run_id != second.run_id


@pytest.mark.parametrize("part", ["scope", "pipeline_name", "run_id", "component_name"])
def test_the_key_depends_on_every_part(part: str) -> None:
    identity = RunIdentity(("a",), "b", "c", "d")
    assert identity.key == RunIdentity(("a",), "b", "c", "d").key
    assert replace(identity, **{part: ("x",) if part == "scope" else "x"}).key != identity.key
    assert identity.key != RunIdentity(("a", "b"), "", "c", "d").key
    assert len(identity.key) == 16
