from __future__ import annotations

import json
import shlex

import pytest


@pytest.fixture
def chain(workspace):
    return workspace.write(
        workspace.step("read"),
        workspace.step("clean", "read"),
        workspace.step("write", "clean"),
        workspace.step("report", "read"),
    )


@pytest.mark.parametrize(
    ("options", "planned"),
    [
        ("--select clean", "read replay, clean run, write skip, report skip"),
        ("--select clean --select rep*", "read replay, clean run, write skip, report run"),
        ("--exclude clean+", "read run, clean skip, write skip, report run"),
        ("--from clean", "read replay, clean run, write run, report skip"),
        ("--until clean", "read run, clean run, write skip, report skip"),
        ("--from clean --until clean", "read replay, clean run, write skip, report skip"),
    ],
)
def test_the_plan_is_that_of_the_selection(ppf, chain, options, planned):
    steps = ppf("plan", chain, *options.split(), "--json").document["steps"]
    assert ", ".join(f"{step['component']} {step['action']}" for step in steps) == planned


def test_the_plan_says_what_is_not_selected_and_what_runs_all_the_same(ppf, chain):
    assert ppf("plan", chain, "--select", "clean").out.splitlines() == [
        "replay   read    not selected, but clean may read its views",
        "run      clean   first run",
        "skip     write   not selected",
        "skip     report  not selected",
    ]


def test_a_run_runs_what_is_selected_and_what_that_reads(ppf, workspace, chain):
    outcome = ppf("run", chain, "--select", "clean", "--json")
    assert outcome.code == 0
    assert workspace.ran() == ["read", "clean"]
    reasons = {row["component"]: (row["outcome"], row["reason"]) for row in outcome.document["components"]}
    assert reasons["read"] == ("replayed", "")
    assert reasons["write"] == ("skipped", "not selected")


@pytest.mark.parametrize("command", ["run", "plan"])
def test_patterns_that_fit_nothing_are_bad_input_with_the_nearest_name(ppf, workspace, chain, command):
    outcome = ppf(command, chain, "--select", "claen", "--exclude", "wirte")
    assert outcome.code == 2
    assert "flights" not in outcome.out
    assert 'select: expected a component\'s name or a glob of names, got "claen"' in outcome.err
    assert '(did you mean "clean"?)' in outcome.err
    assert '(did you mean "write"?)' in outcome.err
    assert workspace.ran() == []


def test_a_selection_of_nothing_is_bad_input_that_says_what_was_asked(ppf, chain):
    outcome = ppf("run", chain, "--from", "write", "--until", "read")
    assert outcome.code == 2
    assert "got none with from write, until read" in outcome.err


def test_the_command_that_resumes_repeats_the_selection(ppf, workspace):
    flag = workspace.folder / "flag"
    file = workspace.write(
        workspace.step("read"),
        workspace.step("clean", "read", unless=str(flag)),
        workspace.step("w", "clean"),
    )
    outcome = ppf("run", file, "--until", "clean", "--checkpoint-dir", workspace.checkpoints, "--json")
    flag.touch()
    words = shlex.split(outcome.document["resume_command"])
    assert words[-2:] == ["--until", "clean"]
    assert ppf(*words[1:]).code == 0
    assert workspace.ran() == ["read", "clean", "clean"]


def test_force_runs_again_what_is_completed_and_is_not_repeated_by_the_command_that_resumes(ppf, workspace):
    flag = workspace.folder / "flag"
    flag.touch()
    file = workspace.write(
        workspace.step("read"), workspace.step("clean", "read", unless=str(flag)), workspace.step("w", "read")
    )
    run = ("run", file, "--run-id", "r", "--checkpoint-dir", workspace.checkpoints)
    ppf(*run)
    flag.unlink()
    workspace.ledger.unlink()
    outcome = ppf(*run, "--force", "read", "--force", "clean", "--json")
    assert workspace.ran() == ["read", "clean"]
    words = shlex.split(outcome.document["resume_command"])
    assert "--force" not in words
    flag.touch()
    ppf(*words[1:])
    assert workspace.ran() == ["read", "clean", "clean"]


@pytest.mark.parametrize("options", [(), ("--run-id", "r", "--fresh")], ids=["new", "fresh"])
def test_force_where_nothing_can_be_completed_is_bad_input(ppf, workspace, chain, options):
    outcome = ppf("run", chain, "--checkpoint-dir", workspace.checkpoints, *options, "--force", "read")
    assert outcome.code == 2
    assert "--force: needs --run-id, and no --fresh" in outcome.err


PART = {
    "key": {"scope": ["d"], "pipeline": "flights", "run_id": "r"},
    "components": ["clean"],
    "forced": [],
    "elsewhere": {"read": {}},
    "settings": {},
}


def part(workspace, **changes):
    file = workspace.folder / "part.json"
    file.write_text(json.dumps({**PART, **changes}))
    return file


def test_a_run_for_a_part_runs_no_more_than_that_part(ppf, workspace, chain):
    outcome = ppf("run", chain, "--part", part(workspace), "--json")
    assert outcome.code == 0
    assert workspace.ran() == ["clean"]


def test_a_hand_over_that_a_part_cannot_use_is_reported_with_its_component_and_the_reason(
    ppf, workspace, chain
):
    record = {"directory": "try-1/read-1", "manifest_sha256": "0", "session": ""}
    elsewhere = {"read": {"views": ["v"], "handover": record}}
    options = ("--checkpoint-dir", workspace.checkpoints)
    outcome = ppf("run", chain, *options, "--part", part(workspace, elsewhere=elsewhere), "--json")
    assert outcome.code == 1
    error = outcome.document["error"]
    assert (error["type"], error["component"]) == ("HandOverDamagedError", "read")
    assert "No such file" in error["reason"]
    assert workspace.ran() == []


def test_a_part_that_cannot_be_read_is_bad_input(ppf, workspace, chain):
    for file in (part(workspace, components=1), workspace.folder / "absent.json"):
        outcome = ppf("run", chain, "--part", file)
        assert outcome.code == 2
        assert file.name in outcome.err
    assert workspace.ran() == []


def test_a_part_contradicts_a_selection(ppf, workspace, chain):
    outcome = ppf("run", chain, "--part", part(workspace), "--select", "clean")
    assert outcome.code == 2
    assert workspace.ran() == []
