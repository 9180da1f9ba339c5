"""Each wrong input gets its clear line and exit code 2, from every command that reads pipeline files."""

from __future__ import annotations

import pytest

HEAD = '{ name: flights, version: "1.0", components: [\n'


def _component(name, class_path="steps.Step", more=""):
    return f'  {{ name: {name}, component_type: source, class_path: "{class_path}" {more} }}\n'


WRONG = {
    "HOCON syntax error": (HEAD + "  { name: read, component_type: }}}\n", ":2: "),
    "unknown key": (
        HEAD + _component("read", more="\n    depend_on: []") + "]}",
        ':3: components[0].depend_on: expected a known key, got "depend_on" (did you mean "depends_on"?)',
    ),
    "wrong type": (HEAD + _component("read", more="\n    retry { max_attempts: many }") + "]}", ":3: "),
    "missing module": (HEAD + _component("read", "nosuchmodule.Step") + "]}", "nosuchmodule"),
    "missing class": (
        HEAD + _component("read", "steps.Stepp") + "]}",
        'expected a class Stepp in module steps, got none for "steps.Stepp" (did you mean "Step"?)',
    ),
    "quality check with no such type": (
        HEAD + _component("read") + "], quality { checks: [\n"
        "  { type: schema, name: columns, table: v, fields { id: biggint } } ] } }",
        ':4: quality.checks[0]: check "columns": ',
    ),
    "schemas that do not fit": (
        HEAD
        + _component("read", "steps.Makes")
        + _component("report", "steps.Needs", more=", depends_on: [read]")
        + "]}",
        'view "v" as declared by "read": column id: expected bigint, got int',
    ),
    "cycle": (
        HEAD
        + _component("a", more=", depends_on: [c]")
        + _component("b", more=", depends_on: [a]")
        + _component("c", more=", depends_on: [b]")
        + "]}",
        "got a dependency cycle: a -> c -> b -> a",
    ),
}


@pytest.mark.parametrize("command", ["run", "validate", "plan"])
@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_input_is_reported_with_file_and_place_and_ends_with_2(ppf, workspace, command, wrong):
    text, message = WRONG[wrong]
    workspace.file.write_text(text)
    outcome = ppf(command, workspace.file)
    said = outcome.out + outcome.err
    assert outcome.code == 2
    assert any(message in line and str(workspace.file) in line for line in said.splitlines()), said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", ["run", "validate", "plan", "graph"])
def test_a_missing_file_is_reported_by_name_and_ends_with_2(ppf, workspace, command):
    outcome = ppf(command, workspace.folder / "nowhere.conf")
    said = (outcome.out + outcome.err).strip()
    assert outcome.code == 2
    assert "nowhere.conf" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("wrong", ["HOCON syntax error", "unknown key", "cycle"])
def test_a_graph_that_cannot_be_drawn_is_reported_and_ends_with_2(ppf, workspace, wrong):
    text, message = WRONG[wrong]
    workspace.file.write_text(text)
    outcome = ppf("graph", workspace.file)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.out == ""


def test_several_problems_are_reported_at_once_one_a_line(ppf, workspace):
    workspace.file.write_text(
        HEAD + _component("read", "steps.Stepp") + _component("b", more=", depends_on: [raed]") + "]}"
    )
    lines = [line for line in ppf("run", workspace.file).err.splitlines() if str(workspace.file) in line]
    assert len(lines) == 2


def test_with_json_an_error_is_a_document_with_its_problems(ppf, workspace):
    workspace.file.write_text(WRONG["unknown key"][0])
    document = ppf("run", workspace.file, "--json").document
    assert document["exit_code"] == 2
    assert document["error"]["type"] == "ConfigError"
    assert document["error"]["problems"][0]["path"] == "components[0].depend_on"
    assert document["error"]["problems"][0]["line"] == 3


def test_a_provider_of_secrets_that_cannot_be_made_is_reported_and_ends_with_2(ppf, workspace, monkeypatch):
    monkeypatch.delenv("VAULT_TOKEN", raising=False)
    vault = {"class_path": "steps.Step", "config": {"label": "secret://env/VAULT_TOKEN"}}
    file = workspace.write(workspace.step("read"), secrets={"providers": {"vault": vault}})
    outcome = ppf("run", file)
    assert outcome.code == 2
    assert "secrets.providers.vault: " in outcome.err
    assert "secret://env/VAULT_TOKEN does not exist" in outcome.err
    assert "Traceback" not in outcome.err
    assert workspace.ran() == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "x.conf", "--fresj"), "--fresj"),
        (("run",), "FILE"),
        (("rum",), "rum"),
        (("graph", "x.conf", "--format", "jpeg"), "jpeg"),
        (("graph", "x.conf", "--format", "svg", "--json"), "--json with --format"),
        (("checkpoint", "list"), "--checkpoint-dir"),
    ],
    ids=["unknown option", "no file", "unknown command", "unknown format", "two formats", "no place"],
)
def test_wrong_usage_is_one_line_that_names_the_command_and_its_help(ppf, arguments, message):
    outcome = ppf(*arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert "--help" in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1


def test_an_unexpected_error_is_not_hidden(ppf, workspace):
    (workspace.folder / "steps.py").write_text(
        "class Step:\n"
        "    @classmethod\n"
        "    def validate_config(cls, config):\n"
        "        raise ZeroDivisionError('a bug')\n"
        "    def run(self): ...\n"
    )
    with pytest.raises(ZeroDivisionError):
        ppf("validate", workspace.write(workspace.step("read")))
