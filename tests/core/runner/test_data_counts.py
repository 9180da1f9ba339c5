"""Counts that components report; tests/spark tests where they come from."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.component import CountsData, DataCount, DataKind
from ppf_core.config import SecretsConfig
from ppf_core.metrics import InMemoryRegistry
from ppf_core.runner import (
    CompositeHooks,
    LocalCheckpointStore,
    LoggingHooks,
    MetricsHooks,
    NoOpHooks,
    RunOptions,
    Selection,
    SimplePipelineRunner,
    load_checkpoint_for_resume,
)
from ppf_core.secrets import SecretsResolver
from tests.support.components import Counting
from tests.support.pipelines import pipeline, step

if TYPE_CHECKING:
    from pathlib import Path

    from ppf_core.config import ComponentConfig


class Watching(NoOpHooks):
    """A hook that records its calls in order."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def on_component_counts(self, config: ComponentConfig, counts: tuple[DataCount, ...]) -> None:
        self.calls.append((config.name, counts))

    def after_component(self, config: ComponentConfig, index: int, total: int, duration_ms: int) -> None:
        self.calls.append(f"after {config.name}")


def run(monkeypatch: pytest.MonkeyPatch, counts: Any, *hooks: Any) -> Any:
    monkeypatch.setattr(Counting, "counts", counts)
    config = pipeline(step("a", cls="Counting"))
    result = SimplePipelineRunner(config, hooks=CompositeHooks(*hooks)).run()
    assert not result.failed_components
    return result.component_results[0]


WROTE = (DataCount("/out", 3, 40), DataCount("v", 2, 10, DataKind.VIEW))


def test_what_a_component_reports_is_in_its_result(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, WROTE)
    assert result.counts == WROTE
    assert (result.rows, result.bytes) == (5, 50)


def test_hooks_hear_of_it_before_they_hear_that_the_component_succeeded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hooks = Watching()
    run(monkeypatch, WROTE, hooks)
    assert hooks.calls == [("a", WROTE), "after a"]


def test_a_component_that_has_written_nothing_is_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = Watching()
    result = run(monkeypatch, [], hooks)
    assert hooks.calls == ["after a"]
    assert result.rows is None


def test_metrics_count_rows_and_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = InMemoryRegistry()
    hooks = MetricsHooks(registry=registry)
    run(monkeypatch, WROTE, hooks)
    counters = {
        counter["name"]: (counter["value"], counter["tags"])
        for counter in registry.get_metrics()["counters"]
        if counter["name"].endswith("_written")
    }
    tags = {"pipeline": "p", "component": "a"}
    assert counters == {
        "ppf.component.rows_written": (5, tags),
        "ppf.component.bytes_written": (50, tags),
    }
    assert hooks.component_counts == {"a": WROTE}


def test_what_is_not_known_is_no_metric(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = InMemoryRegistry()
    run(monkeypatch, [DataCount("t", 3)], MetricsHooks(registry=registry))
    names = {counter["name"] for counter in registry.get_metrics()["counters"]}
    assert names == {"ppf.component.rows_written"}


def test_the_log_reports_it(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "ppf.pipeline"):
        run(monkeypatch, WROTE, LoggingHooks())
    assert "Component a wrote /out: 3 rows, 40 bytes; view v: 2 rows, 10 bytes" in caplog.messages


@pytest.mark.parametrize(
    "wrong", [RuntimeError("no idea"), [3], 7, [DataCount("t", -1)], [DataCount("t", True)]], ids=repr
)
def test_counts_that_cannot_be_had_are_a_warning_and_no_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, wrong: Any
) -> None:
    result = run(monkeypatch, wrong)
    assert result.success
    assert result.counts == ()
    assert "Component a did not report how much it wrote" in caplog.text


def test_a_secret_in_the_name_of_a_target_stays_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUCKET", "very-secret-bucket")
    config = pipeline(step("a", cls="Counting", config={"target": "secret://env/BUCKET"}))
    result = SimplePipelineRunner(
        config, options=RunOptions(secrets=SecretsResolver.from_config(SecretsConfig()))
    ).run()
    (count,) = result.component_results[0].counts
    assert "very-secret" not in count.name


def test_the_protocol_is_its_one_method() -> None:
    assert isinstance(Counting(), CountsData)


def test_a_later_try_knows_what_an_earlier_try_has_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Counting, "counts", WROTE)
    config = pipeline(step("a", cls="Counting"), step("b", "a", config={"failures": 1}))
    store = LocalCheckpointStore(tmp_path)
    registry = InMemoryRegistry()
    for _ in range(2):
        runner = SimplePipelineRunner(
            config, hooks=MetricsHooks(registry=registry), run_id="r", checkpoint_store=store
        )
        result = runner.run(resume=True)
    skipped = result.skipped_components["a"]
    assert skipped.counts == WROTE
    assert (skipped.rows, skipped.bytes) == (5, 50)
    written = [
        counter["value"]
        for counter in registry.get_metrics()["counters"]
        if counter["name"].endswith("rows_written")
    ]
    assert written == [5]  # once, by the try that wrote it


def test_what_runs_again_although_it_completed_is_reported_by_its_new_counts_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = pipeline(step("a", cls="Counting"))
    store = LocalCheckpointStore(tmp_path)
    for counts in (WROTE, WROTE[:1]):
        monkeypatch.setattr(Counting, "counts", counts)
        runner = SimplePipelineRunner(
            config, run_id="r", checkpoint_store=store, options=RunOptions(selection=Selection(force=["a"]))
        )
        result = runner.run(resume=True)
        assert result.component_results[0].counts == counts
        assert load_checkpoint_for_resume(store, "r", config).record("a").counts == counts
    assert result.skipped == []
