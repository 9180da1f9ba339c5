"""Display of restored components."""

from __future__ import annotations

import hashlib
import io

from rich.console import Console

from ppf_core.cli.plain_progress import PlainProgress
from ppf_core.cli.run_outcome import print_outcome
from ppf_core.config import PipelineConfig, load_from_file
from ppf_core.runner import (
    CompletedComponent,
    ComponentOutcome,
    ComponentResult,
    HandOverRecord,
    LocalCheckpointStore,
    PipelineResult,
    PipelineResultStatus,
    make_plan,
)
from ppf_core.runner.handover import Manifest, ViewFiles, component_fingerprint
from ppf_core.runner.handover.names import directory_name
from tests.support.completed import completed_components
from tests.support.pipelines import pipeline, step

CHAIN = pipeline(step("read", kind="source"), step("clean", "read"), step("write", "clean", kind="sink"))


def test_as_lines_while_the_run_goes_on() -> None:
    shown = io.StringIO()
    progress = PlainProgress(shown)
    done = completed_components({"read", "clean"}, {"read": ["raw"], "clean": ["clean", "rejected"]})
    progress.on_plan(make_plan(CHAIN, done, restorable={"clean"}))
    progress.on_component_restored(CHAIN.components[1], ("clean", "rejected"))
    assert shown.getvalue().splitlines() == [
        "1 components to run, 1 to restore, 0 to replay, 1 to skip",
        "clean restored: clean, rejected",
    ]
    assert progress.components["clean"].state is ComponentOutcome.RESTORED
    assert progress.components["clean"].is_over


def test_in_the_table_at_the_end() -> None:
    result = PipelineResult(
        PipelineResultStatus.SUCCESS, "p", [ComponentResult("clean", True, 200, restored=True)], 1000
    )
    console = Console(file=io.StringIO(), width=100)
    print_outcome(result, console)
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert lines[1].split() == ["clean", "restored", "0.2", "s"]
    assert lines[-1] == "p: success after 1.0 s: 1 restored"


def test_a_plan_looks_for_what_was_handed_over_beside_the_checkpoints_where_the_file_names_no_root(
    ppf, workspace
):
    file = workspace.write(workspace.step("read"), workspace.step("clean", "read", fail=True))
    options = ("--run-id", "r1", "--checkpoint-dir", workspace.checkpoints)
    ppf("run", file, *options)
    config = load_from_file(file, PipelineConfig)
    directory = workspace.checkpoints / "handover" / directory_name(config.name, "r1") / "try-1" / "read-1"
    (directory / "raw").mkdir(parents=True)
    (directory / "raw" / "part-0").write_bytes(b"abc")
    view = ViewFiles("raw", "raw", {"type": "struct", "fields": []}, {"part-0": 3})
    content = Manifest((config.name, "r1"), "read", component_fingerprint(config, "read"), (view,)).to_json()
    (directory / "manifest.json").write_bytes(content)
    store = LocalCheckpointStore(workspace.checkpoints)
    state = store.load("r1", config.name)
    assert state is not None
    record = HandOverRecord("try-1/read-1", hashlib.sha256(content).hexdigest())
    state.records["read"] = CompletedComponent(views=("raw",), handover=record)
    store.save(state)
    assert ppf("plan", file, *options).out.splitlines() == [
        "restore  read   clean may read its view raw",
        "run      clean  has not completed yet",
    ]
    (directory / "raw" / "part-0").unlink()
    assert ppf("plan", file, *options).out.startswith("replay ")
