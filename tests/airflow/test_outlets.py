"""Asset events of a task, with Airflow's own accessors and without a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from airflow.sdk import Asset, AssetAlias
from airflow.sdk.execution_time.context import OutletEventAccessors

from airflow_ppf.reporting.asset_events import extend_outlet_events
from ppf_core.component import DataCount, DataKind
from ppf_core.runner import (
    ComponentResult,
    PipelineResult,
    PipelineResultStatus,
    SkippedComponent,
    SkipReason,
)
from tests.support.pipelines import pipeline, step

CONFIG = pipeline(step("clean"), step("write", "clean", kind="sink"), step("copy", "clean", kind="sink"))
CLEAN = ComponentResult("clean", True, 1, counts=(DataCount("v", 99, 999, DataKind.VIEW),))
WRITE = ComponentResult("write", True, 1, counts=(DataCount("s3a://out/sales", 10, 100),))
COPY = ComponentResult("copy", True, 1, counts=(DataCount("db.copy", 5, 50),))
SALES = Asset("sales", uri="s3://out/sales")
OTHER = Asset("other")


def extra(
    asset: Asset,
    *components: ComponentResult,
    skipped: dict[str, SkipReason] | None = None,
    earlier: Sequence[ComponentResult] = (),
) -> Any:
    skips = [SkippedComponent(name, reason) for name, reason in (skipped or {}).items()]
    skips += [
        SkippedComponent(each.component_name, SkipReason.COMPLETED, counts=each.counts) for each in earlier
    ]
    result = PipelineResult(PipelineResultStatus.SUCCESS, "p", list(components), skipped=skips)
    events = OutletEventAccessors()
    extend_outlet_events({"outlet_events": events}, [asset], CONFIG, result.counts)
    return events[asset].extra


IDENTITY = {"pipeline": "p", "pipeline_version": "1"}


@pytest.mark.parametrize(
    "asset", [SALES, Asset("s3://out/sales/"), Asset("x", uri="s3a://out/sales")], ids=repr
)
def test_an_asset_that_a_component_wrote_to_has_that_count(asset: Asset) -> None:
    assert extra(asset, CLEAN, WRITE, COPY) == {**IDENTITY, "rows": 10, "bytes": 100}


def test_a_table_is_known_by_the_assets_name() -> None:
    assert extra(Asset("db.copy"), CLEAN, WRITE, COPY) == {**IDENTITY, "rows": 5, "bytes": 50}


def test_any_other_asset_has_the_total_of_all_targets_without_the_views() -> None:
    assert extra(OTHER, CLEAN, WRITE, COPY) == {**IDENTITY, "rows": 15, "bytes": 150}


def test_what_an_earlier_try_has_written_counts_as_well() -> None:
    assert extra(OTHER, COPY, earlier=[CLEAN, WRITE]) == {**IDENTITY, "rows": 15, "bytes": 150}
    assert extra(SALES, COPY, earlier=[CLEAN, WRITE]) == {**IDENTITY, "rows": 10, "bytes": 100}


def test_without_the_counts_of_an_earlier_try_the_rest_is_not_reported_as_the_total() -> None:
    assert extra(OTHER, CLEAN, COPY, skipped={"write": SkipReason.COMPLETED}) == IDENTITY


def test_a_sink_that_does_not_count_leaves_the_total_unknown() -> None:
    assert extra(OTHER, WRITE, ComponentResult("copy", True, 1)) == IDENTITY


def test_a_sink_that_was_not_to_run_has_written_nothing() -> None:
    skipped = {"copy": SkipReason.NOT_SELECTED}
    assert extra(OTHER, CLEAN, WRITE, skipped=skipped) == {**IDENTITY, "rows": 10, "bytes": 100}


def test_a_sink_of_another_task_is_none_of_this_ones_business() -> None:
    assert extra(OTHER, COPY) == {**IDENTITY, "rows": 5, "bytes": 50}


def test_what_is_in_an_event_already_stays() -> None:
    events = OutletEventAccessors()
    events[SALES].extra = {"rows": 7, "mine": True}
    result = PipelineResult(PipelineResultStatus.SUCCESS, "p", [WRITE, COPY])
    extend_outlet_events({"outlet_events": events}, [SALES, AssetAlias("a")], CONFIG, result.counts)
    assert events[SALES].extra == {**IDENTITY, "rows": 7, "bytes": 100, "mine": True}
    assert list(events) == [SALES]


def test_outside_of_a_real_task_there_is_nobody_to_notify() -> None:
    extend_outlet_events({}, [SALES], CONFIG, {"write": WRITE.counts})
