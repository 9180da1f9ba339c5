"""Components that materialise their views while others run beside them."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ppf_core.config import CheckpointConfig, PipelineConfig
from ppf_core.runner import (
    HandOverRecord,
    LocalCheckpointStore,
    NoOpHooks,
    PipelineResult,
    PipelineResultStatus,
    RunOptions,
    SimplePipelineRunner,
)
from tests.support.components import EVENTS, ON_RUN, reset
from tests.support.pipelines import pipeline, step
from tests.support.spark_sessions import PATIENCE, new_session

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import Row, SparkSession

    from ppf_core.config import ComponentConfig
    from ppf_core.session import SparkSessionWrapper

pytestmark = pytest.mark.spark


class Signals(NoOpHooks):
    """A store that sets an event when a component's views have been handed over."""

    def __init__(self) -> None:
        self.handed_over = {name: threading.Event() for name in "abc"}

    def on_component_materialized(self, config: ComponentConfig, record: HandOverRecord) -> None:
        if config.name in self.handed_over:
            self.handed_over[config.name].set()


def run(
    session: SparkSessionWrapper, config: PipelineConfig, hooks: NoOpHooks, slots: int = 1
) -> PipelineResult:
    assert config.checkpoint.root is not None
    store = LocalCheckpointStore(config.checkpoint.root)
    runner = SimplePipelineRunner(
        config,
        session,
        hooks,
        run_id="r",
        checkpoint_store=store,
        fail_fast=False,
        options=RunOptions(max_parallel=slots),
    )
    return runner.run(resume=True)


def made(result: PipelineResult) -> dict[str, tuple[str, ...]]:
    return {
        component_result.component_name: component_result.views
        for component_result in result.component_results
        if component_result.success
    }


def in_step(slots: int, session: SparkSessionWrapper, signals: Signals) -> None:
    """Have `a` make its view before `b` begins, and `b` its own only when that of `a` has been handed over."""
    a_made, b_began = threading.Event(), threading.Event()

    def waits(event: threading.Event) -> None:
        assert slots == 1 or event.wait(PATIENCE)

    def a() -> None:
        session.spark.sql("SELECT id, rand() AS r FROM range(4)").createOrReplaceTempView("a")
        a_made.set()
        waits(b_began)

    def gate() -> None:
        waits(a_made)
        session.spark.range(1).createOrReplaceTempView("gate")

    def b() -> None:
        b_began.set()
        waits(signals.handed_over["a"])
        session.spark.sql("SELECT id + 10 AS id FROM range(4)").createOrReplaceTempView("b")

    ON_RUN.update(a=a, gate=gate, b=b)


@pytest.mark.parametrize("slots", [1, 2], ids=["serial", "side by side"])
def test_a_view_that_is_materialised_while_another_component_runs_is_not_taken_for_its_view(
    clean_spark: SparkSession, tmp_path: Path, slots: int
) -> None:
    config = pipeline(
        step("a"),
        step("gate", outputs=["gate"]),  # declared, so that it does not count as the maker of what `a` makes
        step("b", "gate"),
        step("last", "a", "b", config={"failures": 1}),
        checkpoint=CheckpointConfig(str(tmp_path), materialize=True),
    )
    session, signals = new_session(clean_spark), Signals()
    in_step(slots, session, signals)
    first = run(session, config, signals, slots)
    rows = sorted(session.spark.table("a").collect())
    assert made(first) == {"a": ("a",), "gate": ("gate",), "b": ("b",)}

    EVENTS.clear()
    session = new_session(clean_spark)
    second = run(session, config, signals, slots)
    assert (sorted(second.restored_components), EVENTS) == (["a", "b"], ["run last"])
    assert len(rows) == 4


def graph(chance: random.Random, root: Path) -> PipelineConfig:
    """Twelve components, each adding up what some before it made; most fail once or twice, some declare their view."""
    components: list[ComponentConfig] = []
    for number in range(12):
        upstream = chance.sample(range(number), min(number, chance.randint(0, 3)))
        terms = " UNION ALL ".join(["SELECT 1 AS n", *(f"TABLE v{each}" for each in sorted(upstream))])
        components.append(
            step(
                f"c{number}",
                *(f"c{each}" for each in upstream),
                cls="Views",
                config={
                    "make": {f"v{number}": f"WITH t AS ({terms}) TABLE t |> AGGREGATE sum(n) AS n"},
                    "failures": chance.randint(0, 2),
                },
                outputs=[f"v{number}"] if chance.random() < 0.3 else [],
                materialize=chance.random() < 0.7,
            )
        )
    everything = " UNION ALL ".join(f"TABLE v{number}" for number in range(12))
    last = step(
        "last",
        *(component.name for component in components),
        cls="Views",
        config={"make": {"out": everything}},
    )
    return pipeline(*components, last, checkpoint=CheckpointConfig(str(root)))


def until_green(spark: SparkSession, config: PipelineConfig, slots: int) -> tuple[list[Row], list[list[str]]]:
    """Return the output, and what was restored and ran in each try; each try has a new session."""
    reset()
    contradictions = []
    for _ in range(20):
        session = new_session(spark)
        EVENTS.clear()
        result = run(session, config, NoOpHooks(), slots)
        contradictions.append([name for name in result.restored_components if f"run {name}" in EVENTS])
        if result.status is PipelineResultStatus.SUCCESS:
            return session.spark.sql("SELECT * FROM out ORDER BY n").collect(), contradictions
    raise AssertionError(result.failed_components)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_branches_that_fail_and_are_restored_side_by_side_come_to_what_a_serial_run_comes_to(
    clean_spark: SparkSession, tmp_path: Path, seed: int
) -> None:
    outcomes = []
    for slots in (1, 4):
        config = graph(random.Random(seed), tmp_path / str(slots))
        config = replace(
            config, checkpoint=replace(config.checkpoint, keep=True)
        )  # "out" is read after the run
        rows, contradictions = until_green(clean_spark, config, slots)
        outcomes.append(rows)
        assert not any(contradictions)
    assert outcomes[0] == outcomes[1]
