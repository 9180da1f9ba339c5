from __future__ import annotations

import pytest

from ppf_core.runner.handover.names import directory_name


@pytest.fixture
def failed_run(ppf, workspace):
    """One run, `r1`, of which `read` completed and `clean` failed."""
    file = workspace.write(
        workspace.step("read"),
        workspace.step("clean", "read", fail=True),
        checkpoint={"root": str(workspace.checkpoints)},
    )
    ppf("run", file, "--run-id", "r1")
    return file


def test_list_shows_how_far_each_run_came(ppf, workspace, failed_run):
    outcome = ppf("checkpoint", "list", "--checkpoint-dir", workspace.checkpoints)
    assert outcome.code == 0
    header, line = outcome.out.splitlines()
    assert header.split() == ["PIPELINE", "RUN", "STATUS", "COMPLETED", "FAILED", "TRIES", "UPDATED"]
    assert line.split()[:6] == ["flights", "r1", "failed", "1", "clean", "1"]


def test_the_place_may_come_from_a_pipeline_file_and_then_only_its_runs_are_listed(
    ppf, workspace, failed_run
):
    other = workspace.checkpoints / "other"
    other.mkdir()
    (other / "r7.json").write_text("")
    assert "r7" not in ppf("checkpoint", "list", failed_run).out
    assert "r7" in ppf("checkpoint", "list", "--checkpoint-dir", workspace.checkpoints).out


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"{", "it is not JSON"),
        (b"\xff\x00", "it is not JSON"),
        (b'{"format": 99}', "format 99 is newer"),
        (b"[]", "expected an object"),
    ],
    ids=["empty", "torn", "binary", "newer", "foreign"],
)
def test_an_unreadable_checkpoint_is_listed_with_its_reason_and_hides_no_other(
    ppf, workspace, failed_run, content, reason
):
    bad = workspace.checkpoints / "flights" / "bad.json"
    bad.write_bytes(content)
    outcome = ppf("checkpoint", "list", "--checkpoint-dir", workspace.checkpoints)
    assert outcome.code == 0
    assert "r1" in outcome.out
    assert any(line.startswith(f"unreadable: {bad}: {reason}") for line in outcome.out.splitlines())


def test_a_folder_or_a_copied_file_in_the_place_of_a_checkpoint_hides_no_other(ppf, workspace, failed_run):
    folder = workspace.checkpoints / "flights"
    (folder / "a_folder.json").mkdir()
    (folder / "a_copy.json").write_bytes((folder / "r1.json").read_bytes())
    listed = ppf("checkpoint", "list", "--checkpoint-dir", workspace.checkpoints, "--json").document[
        "checkpoints"
    ]
    assert [(entry["path"].rpartition("/")[2], entry["readable"]) for entry in listed] == [
        ("a_copy.json", False),
        ("a_folder.json", False),
        ("r1.json", True),
    ]


def test_a_place_without_checkpoints_is_said_to_be_empty_and_one_that_is_not_there_is_bad_input(
    ppf, workspace
):
    workspace.checkpoints.mkdir()
    assert "no checkpoints in" in ppf("checkpoint", "list", "--checkpoint-dir", workspace.checkpoints).out
    outcome = ppf("checkpoint", "list", "--checkpoint-dir", workspace.folder / "nowhere")
    assert outcome.code == 2
    assert "there is no folder" in outcome.err


def test_a_file_without_checkpoint_root_is_bad_input(ppf, workspace):
    outcome = ppf("checkpoint", "list", workspace.write(workspace.step("read")))
    assert outcome.code == 2
    assert "has no checkpoint.root" in outcome.err


def test_show_has_what_completed_what_failed_and_each_try(ppf, failed_run):
    ppf("run", failed_run, "--run-id", "r1")
    out = ppf("checkpoint", "show", "r1", failed_run).out
    facts = dict(line.split(maxsplit=1) for line in out.splitlines() if not line.startswith(" "))
    assert (facts["status"], facts["failed"], facts["completed"], facts["tries"]) == (
        "failed",
        "clean",
        "1",
        "2",
    )
    assert "started_by ppf run" in out


def test_show_as_json_is_the_checkpoint_with_its_path(ppf, workspace, failed_run):
    document = ppf("checkpoint", "show", "r1", "--checkpoint-dir", workspace.checkpoints, "--json").document
    assert document["completed_components"] == ["read"]
    assert document["path"] == str(workspace.checkpoints / "flights" / "r1.json")


def test_an_unknown_run_is_bad_input_and_the_nearest_is_named(ppf, failed_run):
    for verb in ("show", "delete"):
        outcome = ppf("checkpoint", verb, "r11", failed_run)
        assert outcome.code == 2
        assert '(did you mean "r1"?)' in outcome.err


def test_delete_removes_it_and_the_next_try_starts_afresh(ppf, workspace, failed_run):
    assert ppf("checkpoint", "delete", "r1", failed_run).code == 0
    assert list(workspace.checkpoints.glob("flights/*.json")) == []
    ppf("run", failed_run, "--run-id", "r1")
    assert workspace.ran() == ["read", "clean", "read", "clean"]


def test_delete_removes_an_unreadable_one_too(ppf, workspace, failed_run):
    path = workspace.checkpoints / "flights" / "r1.json"
    path.write_text("{")
    assert ppf("checkpoint", "show", "r1", failed_run).code == 2
    assert ppf("checkpoint", "delete", "r1", failed_run).code == 0
    assert not path.exists()


def test_a_run_id_that_needs_quoting_is_found(ppf, workspace, failed_run):
    ppf("run", failed_run, "--run-id", "../day 1/ü")
    options = ("--checkpoint-dir", workspace.checkpoints)
    assert ppf("checkpoint", "show", "../day 1/ü", *options, "--json").document["run_id"] == "../day 1/ü"


def test_a_run_id_that_two_pipelines_have_needs_the_pipeline_named(ppf, workspace, failed_run):
    text = failed_run.read_text().replace('"flights"', '"trains"')
    failed_run.write_text(text)
    ppf("run", failed_run, "--run-id", "r1")
    options = ("--checkpoint-dir", workspace.checkpoints)
    outcome = ppf("checkpoint", "delete", "r1", *options)
    assert outcome.code == 2
    assert "choose with --pipeline: flights, trains" in outcome.err
    assert ppf("checkpoint", "delete", "r1", *options, "--pipeline", "trains").code == 0
    assert [path.parent.name for path in workspace.checkpoints.glob("*/*.json")] == ["flights"]


def test_deleting_a_checkpoint_deletes_what_the_run_had_handed_over(ppf, workspace, failed_run):
    mine, others = (
        workspace.checkpoints / "handover" / directory_name("flights", run) for run in ("r1", "r2")
    )
    for folder in (mine, others):
        (folder / "try-1").mkdir(parents=True)
    ppf("checkpoint", "delete", "r1", "--checkpoint-dir", workspace.checkpoints)
    assert (mine.exists(), others.exists()) == (False, True)
