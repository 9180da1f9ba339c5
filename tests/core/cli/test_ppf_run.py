from __future__ import annotations

import json
import shlex
import subprocess
import sys

import pytest


def test_a_run_in_which_all_succeed_ends_with_0_and_says_what_ran(ppf, workspace):
    file = workspace.write(workspace.step("read"), workspace.step("clean", "read"))
    outcome = ppf("run", file)
    assert outcome.code == 0
    assert workspace.ran() == ["read", "clean"]
    assert "flights: success after" in outcome.out
    assert "2 ran" in outcome.out


def test_a_run_in_which_all_fail_ends_with_1_and_the_first_line_of_the_error(ppf, workspace):
    outcome = ppf("run", workspace.write(workspace.step("read", fail=True)))
    assert outcome.code == 1
    assert "RuntimeError: it broke" in outcome.out
    assert "in detail" not in outcome.out


def test_a_run_in_which_some_fail_ends_with_3_and_says_why_the_rest_was_skipped(ppf, workspace):
    file = workspace.write(
        workspace.step("read"),
        workspace.step("clean", "read", fail=True),
        workspace.step("write", "clean"),
        workspace.step("off", enabled=False),
    )
    outcome = ppf("run", file)
    assert outcome.code == 3
    assert "downstream of a failed component (clean)" in outcome.out
    assert "disabled" in outcome.out
    assert "flights: partial success" in outcome.out


def test_the_traceback_of_a_component_goes_to_standard_error_and_not_among_the_output(ppf, workspace):
    outcome = ppf("run", workspace.write(workspace.step("read", fail=True)))
    assert "Traceback" in outcome.err
    assert "Traceback" not in outcome.out


def test_log_level_info_shows_the_events_of_the_run(ppf, workspace):
    file = workspace.write(workspace.step("read"))
    assert "Component read starts" not in ppf("run", file).err
    assert "Component read starts" in ppf("run", file, "--log-level", "info").err


def test_no_fail_fast_runs_what_does_not_depend_on_the_failure(ppf, workspace):
    file = workspace.write(workspace.step("bad", fail=True), workspace.step("good"))
    assert ppf("run", file).code == 1
    assert workspace.ran() == ["bad"]
    assert ppf("run", file, "--no-fail-fast").code == 3
    assert workspace.ran() == ["bad", "bad", "good"]


def test_fail_fast_on_the_command_line_wins_over_the_file(ppf, workspace):
    file = workspace.write(
        workspace.step("bad", fail=True), workspace.step("good"), execution={"fail_fast": False}
    )
    ppf("run", file, "--fail-fast")
    assert workspace.ran() == ["bad"]
    ppf("run", file)
    assert workspace.ran() == ["bad", "bad", "good"]


def test_json_is_the_only_thing_on_standard_output_whatever_components_and_their_children_print(
    ppf, workspace
):
    outcome = ppf("run", workspace.write(workspace.step("read", noise=True)), "--json")
    assert outcome.document["status"] == "success"
    assert outcome.document["components"][0]["component"] == "read"
    for text in (
        "steps is imported",
        "printed by a component",
        "printed by a child process",
        "read ran",
    ):
        assert text in outcome.err


def test_json_has_exit_code_outcomes_and_the_command_that_resumes(ppf, workspace):
    file = workspace.write(workspace.step("read"), workspace.step("clean", "read", fail=True))
    outcome = ppf("run", file, "--json", "--run-id", "r1", "--checkpoint-dir", workspace.checkpoints)
    document = outcome.document
    assert (outcome.code, document["exit_code"], document["status"]) == (3, 3, "partial_success")
    assert [(row["component"], row["outcome"]) for row in document["components"]] == [
        ("read", "ran"),
        ("clean", "failed"),
    ]
    assert document["components"][1]["reason"] == "RuntimeError: it broke"
    assert "--run-id r1" in document["resume_command"]


def test_without_a_place_for_checkpoints_none_is_kept_and_no_run_id_made(ppf, workspace):
    outcome = ppf("run", workspace.write(workspace.step("read", fail=True)), "--json")
    assert outcome.document["run_id"] is None
    assert outcome.document["resume_command"] is None


def test_a_new_run_id_is_made_and_shown_where_checkpoints_have_a_place(ppf, workspace):
    file = workspace.write(workspace.step("read"), checkpoint={"root": str(workspace.checkpoints)})
    first, second = (ppf("run", file, "--json").document["run_id"] for _ in range(2))
    assert first != second
    assert {path.stem for path in workspace.checkpoints.glob("flights/*.json")} == {first, second}


def test_the_printed_command_resumes_the_run_with_the_same_settings(ppf, workspace):
    cure = workspace.folder / "cure"
    file = workspace.write(
        workspace.step("read"),
        workspace.step("clean", "read", unless=str(cure)),
        workspace.step("write", "clean"),
    )
    first = ppf(
        "run", file, "--checkpoint-dir", workspace.checkpoints, "--set", "components.clean.config.value=5"
    )
    command = next(line for line in first.out.splitlines() if line.startswith("resume it with: "))
    cure.touch()
    again = ppf(*shlex.split(command.removeprefix("resume it with: "))[1:])
    assert (first.code, again.code) == (3, 0)
    assert workspace.ran() == ["read", "clean 5", "clean 5", "write"]
    assert "completed in an earlier run" in again.out


def test_a_known_run_id_is_resumed_unless_fresh_is_asked_for(ppf, workspace):
    file = workspace.write(workspace.step("read"))
    arguments = ("run", file, "--run-id", "r1", "--checkpoint-dir", workspace.checkpoints)
    ppf(*arguments)
    ppf(*arguments)
    assert workspace.ran() == ["read"]
    assert ppf(*arguments, "--fresh").code == 0
    assert workspace.ran() == ["read", "read"]


def test_resuming_a_run_that_is_not_there_is_bad_input_and_runs_nothing(ppf, workspace):
    file = workspace.write(workspace.step("read"))
    outcome = ppf("run", file, "--run-id", "r9", "--resume", "--checkpoint-dir", workspace.checkpoints)
    assert outcome.code == 2
    assert "there is no checkpoint of run 'r9'" in outcome.err
    assert workspace.ran() == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--run-id", "r1"), "needs a place for the checkpoint"),
        (("--resume",), "needs --run-id"),
        (("--no-checkpoint", "--run-id", "r1"), "contradicts"),
    ],
    ids=["run-id without a place", "resume without run-id", "no-checkpoint with run-id"],
)
def test_options_that_cannot_have_their_effect_are_bad_input(ppf, workspace, options, message):
    outcome = ppf("run", workspace.write(workspace.step("read")), *options)
    assert outcome.code == 2
    assert message in outcome.err
    assert len(outcome.err.strip().splitlines()) <= 2  # the import of steps prints a line


def test_no_checkpoint_keeps_none_whatever_the_file_says(ppf, workspace):
    file = workspace.write(workspace.step("read"), checkpoint={"root": str(workspace.checkpoints)})
    assert ppf("run", file, "--no-checkpoint").code == 0
    assert not workspace.checkpoints.exists()


def test_a_changed_structure_is_bad_input_and_says_so_in_one_line(ppf, workspace):
    arguments = ("--run-id", "r1", "--checkpoint-dir", workspace.checkpoints)
    ppf("run", workspace.write(workspace.step("read")), *arguments)
    outcome = ppf("run", workspace.write(workspace.step("read"), workspace.step("more")), *arguments)
    assert outcome.code == 2
    assert "have changed since the checkpoint of run 'r1'" in outcome.err
    assert "Traceback" not in outcome.err


def test_an_unreadable_checkpoint_is_bad_input_and_fresh_gets_over_it(ppf, workspace):
    file = workspace.write(workspace.step("read"))
    arguments = ("run", file, "--run-id", "r1", "--checkpoint-dir", workspace.checkpoints)
    ppf(*arguments)
    (workspace.checkpoints / "flights" / "r1.json").write_text("{")
    outcome = ppf(*arguments)
    assert outcome.code == 2
    assert "cannot be read: it is not JSON" in outcome.err
    assert ppf(*arguments, "--fresh").code == 0


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("10", "10"),
        ("true", "True"),
        ("0.5", "0.5"),
        ("Berlin", "'Berlin'"),
        ("a=b", "'a=b'"),
        ("[1]", "[1]"),
    ],
)
def test_set_reads_json_values_and_takes_all_else_as_text(ppf, workspace, text, seen):
    assert (
        ppf(
            "run", workspace.write(workspace.step("read")), "--set", f"components.read.config.value={text}"
        ).code
        == 0
    )
    assert workspace.ran() == [f"read {seen}"]


def test_set_reaches_into_blocks_and_makes_them(ppf, workspace):
    file = workspace.write(workspace.step("my.step", value={"a": 1}))
    ppf("run", file, "--set", "components.my.step.config.value.b.c=2")
    assert workspace.ran() == ["my.step {'a': 1, 'b': {'c': 2}}"]


def test_set_reports_all_that_is_wrong_with_it_at_once(ppf, workspace):
    outcome = ppf(
        *("run", workspace.write(workspace.step("read"))),
        *(
            "--set",
            "components.raed.config.value=1",
            "--set",
            "spark.master",
            "--set",
            "components.read.config.label.x=1",
        ),
    )
    assert outcome.code == 2
    assert "--set: spark.master: expected PATH=VALUE, got no value" in outcome.err
    assert workspace.ran() == []


def test_set_reports_all_wrong_paths_at_once(ppf, workspace):
    outcome = ppf(
        *("run", workspace.write(workspace.step("read")), "--set", "components.raed.config.value=1"),
        *("--set", "components.read=1", "--set", "components.read.config.label.x=1"),
    )
    assert outcome.code == 2
    assert outcome.err.splitlines() == [
        '--set: components.raed.config.value: expected the name of a component, got "raed" (did you mean "read"?)',
        "--set: components.read: expected a path to one setting, such as components.NAME.config.KEY",
        '--set: components.read.config.label.x: "label" is a value, not a block with settings in it',
    ]
    assert workspace.ran() == []


def test_set_reaches_every_setting_and_a_wrong_value_names_the_option(ppf, workspace):
    file = workspace.write(workspace.step("read"), workspace.step("clean"))
    assert ppf("run", file, "--set", "components.clean.enabled=false").code == 0
    assert workspace.ran() == ["read"]
    outcome = ppf("run", file, "--set", "execution.max_parallel=many")
    assert outcome.code == 2
    assert outcome.err.strip() == '--set: execution.max_parallel: expected a whole number, got "many"'


def test_what_a_hook_raised_is_shown_and_does_not_change_the_outcome(ppf, workspace):
    hooks = {"custom": [{"class_path": "steps.BadHook"}]}
    outcome = ppf("run", workspace.write(workspace.step("read"), hooks=hooks))
    assert outcome.code == 0
    assert "BadHook.before_pipeline: OSError: the disk is full" in outcome.out


def test_a_component_that_calls_sys_exit_fails_the_run_and_does_not_choose_the_exit_code(ppf, workspace):
    outcome = ppf(
        "run", workspace.write(workspace.step("read"), workspace.step("quits", class_path="steps.Quits"))
    )
    assert outcome.code == 3
    assert "SystemExit: 7" in outcome.out


def test_retries_are_counted_in_the_table_and_printed_while_they_happen(ppf, workspace):
    step = workspace.step("read", fail=True)
    step["retry"] = {"max_attempts": 3, "initial_delay_seconds": 0.001, "max_delay_seconds": 0.001}
    outcome = ppf("run", workspace.write(step), "--json")
    assert outcome.document["components"][0]["retries"] == 2
    assert "read: attempt 1 of 3 failed: RuntimeError: it broke" in outcome.err


@pytest.mark.spark
@pytest.mark.slow
def test_the_session_is_stopped_at_the_end_and_replays_are_reported(workspace):
    data = str(workspace.folder / "sums")

    def sql(name, *needs, query, output_view=None):
        config = {"query": query, **({"output_view": output_view} if output_view else {})}
        return {**workspace.step(name, *needs, class_path="ppf_core.batch.Sql"), "config": config}

    write = workspace.step("write", "sums", class_path="ppf_core.batch.Write")
    write["config"] = {"view": "sums", "format": "json", "path": data}
    file = workspace.write(
        sql("numbers", query="SELECT id, id % 2 AS k FROM range(10)", output_view="numbers"),
        sql(
            "sums", "numbers", query="SELECT k, sum(id) AS total FROM numbers GROUP BY k", output_view="sums"
        ),
        workspace.step("gate", "sums", unless=str(workspace.folder / "cure")),
        {**write, "depends_on": ["gate", "sums"]},
        spark={"master": "local[1]", "spark_conf": {"spark.ui.enabled": "false"}},
    )
    script = (
        "import sys; from ppf_core.cli import main; code = main(sys.argv[1:]); "
        "from pyspark import SparkContext; "
        "print('still running' if SparkContext._active_spark_context else 'stopped', file=sys.stderr); sys.exit(code)"
    )
    arguments = [sys.executable, "-c", script, "run", str(file), "--json"]
    arguments += ["--run-id", "r1", "--checkpoint-dir", str(workspace.checkpoints)]
    first = subprocess.run(arguments, capture_output=True, text=True, check=False)
    (workspace.folder / "cure").touch()
    second = subprocess.run(arguments, capture_output=True, text=True, check=False)

    assert (first.returncode, second.returncode) == (3, 0), first.stderr + second.stderr
    assert first.stderr.splitlines()[-1] == second.stderr.splitlines()[-1] == "stopped"
    outcomes = {row["component"]: row["outcome"] for row in json.loads(second.stdout)["components"]}
    assert outcomes == {"numbers": "replayed", "sums": "replayed", "gate": "ran", "write": "ran"}
    rows = [
        json.loads(line)
        for part in workspace.folder.glob("sums/part-*")
        for line in part.read_text().splitlines()
    ]
    assert sorted(rows, key=lambda row: row["k"]) == [{"k": 0, "total": 20}, {"k": 1, "total": 25}]


def test_a_report_is_written_where_the_command_says_and_not_where_the_file_does(ppf, workspace, tmp_path):
    file = workspace.write(
        workspace.step("read", fail=True), hooks={"report": {"path": str(tmp_path / "no.html")}}
    )
    outcome = ppf("run", file, "--report", tmp_path / "report.html", "--checkpoint-dir", tmp_path / "kept")
    assert outcome.code == 1
    assert "RuntimeError: it broke" in (tmp_path / "report.html").read_text()
    assert not (tmp_path / "no.html").exists()
    assert f"--report {tmp_path / 'report.html'}" in outcome.out


def test_the_table_has_rows_and_size_where_something_was_counted(ppf, workspace):
    counted = workspace.step("write", class_path="steps.Writes")
    out = ppf("run", workspace.write(workspace.step("read"), counted)).out
    heading = next(line for line in out.splitlines() if line.startswith("component"))
    row = next(line for line in out.splitlines() if line.startswith("write "))
    assert heading.split()[:6] == ["component", "outcome", "time", "retries", "rows", "size"]
    assert "1,234,567" in row
    assert "2.5 kB" in row
    assert "rows" not in ppf("run", workspace.write(workspace.step("read"))).out


def test_a_resumed_run_reports_what_the_run_before_it_has_written(ppf, workspace):
    written = workspace.step("write", class_path="steps.Writes")
    file = workspace.write(written, workspace.step("last", "write", fail=True))
    arguments = ("run", file, "--run-id", "r", "--checkpoint-dir", workspace.folder / "kept")
    ppf(*arguments)
    document = ppf(*arguments, "--resume", "--json").document
    rows = {row["component"]: (row["outcome"], row["rows"], row["bytes"]) for row in document["components"]}
    assert rows["write"] == ("skipped", 1234567, 2500)
    shown = ppf("checkpoint", "show", "r", "--checkpoint-dir", workspace.folder / "kept").out
    assert "wrote /out: 1234567 rows, 2500 bytes" in shown


def test_json_has_rows_and_bytes_of_each_component_and_target(ppf, workspace):
    counted = workspace.step("write", class_path="steps.Writes")
    document = ppf("run", workspace.write(workspace.step("read"), counted), "--json").document
    rows = [(row["rows"], row["bytes"], row["counts"]) for row in document["components"]]
    target = {"name": "/out", "rows": 1234567, "bytes": 2500, "kind": "target"}
    assert rows == [(None, None, []), (1234567, 2500, [target])]
