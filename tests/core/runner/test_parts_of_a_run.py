"""Runs that are each for a part of a pipeline and share what they hand over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ppf_core.config import CheckpointConfig, ConfigError, PipelineConfig
from ppf_core.runner import (
    CheckpointState,
    CompletedComponent,
    CompletedComponents,
    HandOverDamagedError,
    HandOverRecord,
    LocalCheckpointStore,
    PartialRun,
    PipelineResult,
    RunKey,
    RunOptions,
    SelectedComponents,
    SimplePipelineRunner,
    compute_pipeline_fingerprint,
)
from ppf_core.runner.handover.names import directory_name
from tests.support.completed import completed_components, records
from tests.support.components import EVENTS
from tests.support.pipelines import pipeline, step

PARTS = pipeline(step("read", kind="source"), step("clean", "read"), step("sum", "clean"))
RECORD = HandOverRecord("try-1/read-1", "0" * 64)
READ = completed_components({"read"}, {"read": []})


def run(
    folder: Path,
    *selected: str,
    elsewhere: CompletedComponents,
    config: PipelineConfig = PARTS,
    keep: bool = True,
    resume: bool = False,
    resumable: bool = True,
    run_id: str = "r",
    key: RunKey | None = None,
) -> PipelineResult:
    runner = SimplePipelineRunner(
        replace(config, checkpoint=CheckpointConfig(root=str(folder), keep=keep)),
        run_id=run_id,
        checkpoint_store=LocalCheckpointStore(folder) if resumable else None,
        options=RunOptions(
            part=PartialRun(
                key=key or RunKey((), config.name, run_id),
                selected=SelectedComponents(frozenset(selected)),
                elsewhere=elsewhere,
            )
        ),
    )
    return runner.run(resume=resume)


def left_by_a_try(folder: Path, *completed: str, **handovers: HandOverRecord) -> None:
    views = {name: ["v"] for name in handovers}
    fingerprint = compute_pipeline_fingerprint(PARTS)
    state = CheckpointState(
        "r",
        "p",
        fingerprint,
        completed_components=list(completed),
        records=records(handovers, views, handovers),
    )
    LocalCheckpointStore(folder).save(state)


def test_a_part_runs_what_it_is_for_and_nothing_else(tmp_path: Path) -> None:
    result = run(tmp_path, "clean", elsewhere=READ)
    assert EVENTS == ["run clean"]
    assert sorted(result.skipped_components) == ["read", "sum"]


def test_a_part_for_nothing_runs_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, elsewhere=CompletedComponents()).completed_components == []
    assert EVENTS == []


def test_what_others_have_completed_and_is_damaged_is_never_replayed(tmp_path: Path) -> None:
    elsewhere = completed_components({"read"}, {"read": ["v"]}, {"read": RECORD})
    with pytest.raises(HandOverDamagedError, match="'read'"):
        run(tmp_path, "clean", elsewhere=elsewhere)
    assert EVENTS == []


def test_a_part_resumes_with_what_it_had_completed_itself(tmp_path: Path) -> None:
    left_by_a_try(tmp_path, "read", "clean")
    run(tmp_path, "clean", "sum", elsewhere=READ, resume=True)
    assert EVENTS == ["run sum"]


def test_a_part_starts_afresh_when_what_is_upstream_was_made_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    left_by_a_try(tmp_path, "read", "clean", read=RECORD)
    run(tmp_path, "clean", "sum", elsewhere=READ, resume=True)
    assert EVENTS == ["run clean", "run sum"]
    assert "read ran again upstream" in caplog.text


THEIRS = completed_components({"read", "clean"}, {"clean": ["v"]}, {"clean": RECORD})


def handed_over(folder: Path) -> Path:
    """Return what another part has written."""
    theirs = folder / "handover" / directory_name("p", "r") / "try-1" / "clean-1"
    theirs.mkdir(parents=True)
    return theirs


@pytest.mark.parametrize(
    ("keep", "left"), [(True, True), (False, False)], ids=["others follow", "the last part"]
)
def test_what_others_handed_over_stays_unless_the_part_is_the_last(
    tmp_path: Path, *, keep: bool, left: bool
) -> None:
    theirs = handed_over(tmp_path)
    run(tmp_path, elsewhere=THEIRS, keep=keep)
    assert theirs.exists() is left


def test_parts_that_have_ids_of_their_own_have_their_hand_overs_in_common_all_the_same(
    tmp_path: Path,
) -> None:
    theirs = handed_over(tmp_path)
    run(tmp_path, elsewhere=THEIRS, keep=False, run_id="of-one-task", key=RunKey((), "p", "r"))
    assert not theirs.exists()


def test_a_part_that_failed_removes_nothing_of_the_others(tmp_path: Path) -> None:
    fails = pipeline(
        step("read", kind="source"), step("clean", "read"), step("sum", "read", config={"failures": 1})
    )
    theirs = handed_over(tmp_path)
    result = run(tmp_path, "sum", elsewhere=THEIRS, config=fails, keep=False, resumable=False)
    assert result.failed_components
    assert theirs.exists()


def part(**changes: Any) -> PartialRun:
    given = {
        "key": RunKey(("dag",), "p", "r"),
        "selected": SelectedComponents(frozenset({"sum"}), frozenset({"sum"})),
        "elsewhere": completed_components(
            {"read", "clean"}, {"clean": ["v"]}, {"clean": RECORD}, {"read": ["w"]}
        ),
        "settings": {"sum": {"label": "{{ ds }}"}},
    }
    return PartialRun(**{**given, **changes})  # type: ignore[arg-type]  # of many types


def test_a_part_is_the_same_in_the_process_that_it_is_sent_to() -> None:
    sent = part()
    there = PartialRun.from_json(sent.to_json(), "part.json")
    assert there == sent
    assert there.elsewhere.records == {
        "read": CompletedComponent(dropped=("w",)),
        "clean": CompletedComponent(views=("v",), handover=RECORD),
    }
    assert there.inputs == sent.inputs


def test_hand_overs_of_a_part_are_compared_by_the_settings_as_written() -> None:
    written = {component.name: component.config for component in part().as_written(PARTS).components}
    assert written == {
        **{each.name: each.config for each in PARTS.components},
        "sum": {"label": "{{ ds }}"},
    }


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"elsewhere": completed_components({"read", "clean"}, {"clean": ["v"]}, {}, {"read": ["w"]})}, True),
        ({"elsewhere": completed_components({"read"}, {}, {}, {"read": ["w"]})}, True),
        ({"selected": SelectedComponents(frozenset())}, False),
        ({"settings": {}}, False),
    ],
    ids=["made again", "not made", "another selection", "other settings"],
)
def test_the_inputs_of_a_part_are_others_where_something_upstream_was_made_again(
    change: dict[str, Any], *, differs: bool
) -> None:
    assert (part(**change).inputs != part().inputs) is differs


@pytest.mark.parametrize("where", ["components", "forced", "settings", "elsewhere"])
def test_the_part_of_another_pipeline_is_refused(where: str) -> None:
    names = {
        name: ["zz"] if name == where else [] for name in ("components", "forced", "settings", "elsewhere")
    }
    part = PartialRun(
        RunKey(("d",), "p", "r"),
        SelectedComponents(frozenset(names["components"]), frozenset(names["forced"])),
        CompletedComponents(names["elsewhere"]),
        {name: {} for name in names["settings"]},
    )
    with pytest.raises(ConfigError, match="expected components of the pipeline p, got zz"):
        SimplePipelineRunner(pipeline(step("a")), options=RunOptions(part=part))


def test_what_is_no_part_is_reported_field_by_field() -> None:
    with pytest.raises(ConfigError) as caught:
        PartialRun.from_json(
            b'{"key": 1, "components": [], "forced": [], "settings": {}, "more": 1}', "a.json"
        )
    assert [problem.path for problem in caught.value.problems] == [
        "a.json: key",
        "a.json: elsewhere",
        "a.json: more",
    ]
