"""`checkpoint.root` in a place that is no local folder."""

from __future__ import annotations

import itertools

import pytest
from fsspec.implementations.memory import MemoryFileSystem

NUMBERS = itertools.count()


@pytest.fixture
def root():
    return f"memory://ppf-cli-{next(NUMBERS)}/data"


@pytest.fixture
def file(workspace, root):
    mended = workspace.folder / "mended"
    return workspace.write(
        workspace.step("read"),
        workspace.step("clean", "read", unless=str(mended)),
        checkpoint={"root": root},
    )


@pytest.fixture
def failed_run(ppf, file):
    outcome = ppf("run", file, "--run-id", "r1")
    assert outcome.code != 0
    return outcome


def test_a_run_resumes_from_there(ppf, workspace, file, failed_run):
    assert f"ppf run {file} --run-id r1 --resume" in failed_run.out
    (workspace.folder / "mended").touch()
    assert ppf("plan", file, "--run-id", "r1").out.splitlines()[0].startswith("skip     read ")
    assert ppf("run", file, "--run-id", "r1", "--resume").code == 0
    assert workspace.ran() == ["read", "clean", "clean"]


def test_checkpoints_are_listed_and_shown(ppf, file, root, failed_run):
    _, line = ppf("checkpoint", "list", file).out.splitlines()
    assert line.split()[:6] == ["flights", "r1", "failed", "1", "clean", "1"]
    shown = ppf("checkpoint", "show", "r1", file, "--json").document
    assert shown["path"] == f"{root.removeprefix('memory:/')}/checkpoints/flights/r1"
    assert shown["failed_component"] == "clean"


def test_deleting_one_takes_what_it_materialised_along_and_leaves_the_others(ppf, file, root, failed_run):
    from ppf_core.runner.handover.names import directory_name

    ppf("run", file, "--run-id", "r2")
    files = MemoryFileSystem()
    base = root.removeprefix("memory:/")
    views = {
        run: f"{base}/handover/{directory_name('flights', run)}/t/c/manifest.json" for run in ("r1", "r2")
    }
    for view in views.values():
        files.pipe_file(view, b"{}")
    assert ppf("checkpoint", "delete", "r1", file).code == 0
    assert [run for run, view in views.items() if files.exists(view)] == ["r2"]
    assert "r1" not in ppf("checkpoint", "list", file).out
    assert "r2" in ppf("checkpoint", "list", file).out


def test_what_cannot_be_read_is_listed_and_can_be_deleted(ppf, file, root, failed_run):
    files = MemoryFileSystem()
    (path,) = files.find(root)
    files.pipe_file(path, b"{")
    torn = f"{root.removeprefix('memory:/')}/checkpoints/flights/r1"
    assert f"unreadable: {torn}: it is torn, or not JSON" in ppf("checkpoint", "list", file).out
    assert ppf("checkpoint", "show", "r1", file).code == 2
    assert ppf("checkpoint", "delete", "r1", file).code == 0
    assert ppf("checkpoint", "list", file).out == f"no checkpoints in {root}\n"


def test_a_run_that_is_not_there_is_bad_input_that_says_where_to_look(ppf, file):
    outcome = ppf("run", file, "--run-id", "r9", "--resume")
    assert outcome.code == 2
    assert f"ppf checkpoint list {file} shows what there is" in outcome.err


def test_an_address_that_nothing_here_can_reach_is_bad_input(ppf, workspace):
    file = workspace.write(workspace.step("read"), checkpoint={"root": "nosuch://bucket/ppf"})
    outcome = ppf("run", file)
    assert outcome.code == 2
    assert "checkpoint.root: expected a folder, or an address" in outcome.err
    assert workspace.ran() == []
    assert ppf("run", file, "--no-checkpoint").code == 0
