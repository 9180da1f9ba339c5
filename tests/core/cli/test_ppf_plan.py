from __future__ import annotations

import pytest


def test_a_new_run_runs_all_that_is_enabled_and_says_why_the_rest_is_not(ppf, workspace):
    file = workspace.write(
        workspace.step("read"), workspace.step("off", enabled=False), workspace.step("x", "off")
    )
    outcome = ppf("plan", file)
    assert outcome.code == 0
    assert outcome.out.splitlines() == [
        "run      read  first run",
        "skip     off   disabled",
        "skip     x     downstream of a disabled component (off)",
    ]


def test_after_a_checkpoint_the_completed_are_skipped(ppf, workspace):
    file = workspace.write(workspace.step("read"), workspace.step("clean", "read", fail=True))
    arguments = (file, "--run-id", "r1", "--checkpoint-dir", workspace.checkpoints)
    ppf("run", *arguments)
    steps = ppf("plan", *arguments, "--json").document["steps"]
    assert [(step["component"], step["action"]) for step in steps] == [("read", "skip"), ("clean", "run")]
    assert (steps[0]["skip_reason"], steps[0]["reason"]) == ("completed", "completed in an earlier run")
    assert steps[1]["skip_reason"] is None


def test_planning_changes_neither_checkpoint_nor_ledger_nor_audit(ppf, workspace):
    audit = workspace.folder / "audit.jsonl"
    hooks = {"audit": {"enabled": True, "sinks": ["file"], "path": str(audit)}}
    arguments = (workspace.write(workspace.step("read"), hooks=hooks), "--run-id", "r1")
    ppf("plan", *arguments, "--checkpoint-dir", workspace.checkpoints)
    assert workspace.ran() == []
    assert not audit.exists()
    assert not workspace.checkpoints.exists()


def test_an_unknown_run_is_planned_as_a_new_run_and_said_to_be_unknown(ppf, workspace):
    file = workspace.write(workspace.step("read"))
    outcome = ppf("plan", file, "--run-id", "r9", "--checkpoint-dir", workspace.checkpoints)
    assert "there is no checkpoint of run 'r9'" in outcome.out
    assert "run      read  first run" in outcome.out


def test_a_run_id_without_a_place_is_bad_input(ppf, workspace):
    outcome = ppf("plan", workspace.write(workspace.step("read")), "--run-id", "r1")
    assert outcome.code == 2
    assert "needs its checkpoint: --checkpoint-dir DIR" in outcome.err


@pytest.mark.parametrize("action", ["fail", "restart"])
def test_a_changed_structure_is_planned_as_on_config_change_says(ppf, workspace, action):
    block = {"checkpoint": {"root": str(workspace.checkpoints), "on_config_change": action}}
    ppf("run", workspace.write(workspace.step("read"), **block), "--run-id", "r1")
    file = workspace.write(workspace.step("read"), workspace.step("more"), **block)
    outcome = ppf("plan", file, "--run-id", "r1")
    assert outcome.code == (2 if action == "fail" else 0)
    assert ("run      read" in outcome.out) is (action == "restart")


def test_a_plan_asks_for_no_secrets(ppf, workspace, monkeypatch):
    monkeypatch.delenv("VAULT_TOKEN", raising=False)
    vault = {"class_path": "steps.Step", "config": {"label": "secret://env/VAULT_TOKEN"}}
    file = workspace.write(workspace.step("read"), secrets={"providers": {"vault": vault}})
    assert ppf("plan", file).code == 0
