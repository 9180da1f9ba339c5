from __future__ import annotations


def _pipeline(text):
    return '{ name: flights, version: "1.0", components: [\n' + text + "\n] }\n"


def test_a_valid_file_ends_with_0_and_is_said_to_be_valid(ppf, workspace):
    outcome = ppf("validate", workspace.write(workspace.step("read")))
    assert outcome.code == 0
    assert outcome.out == f"{workspace.file}: valid, 1 components\n"


def test_nothing_runs(ppf, workspace):
    ppf("validate", workspace.write(workspace.step("read")))
    assert workspace.ran() == []


def test_all_problems_of_all_files_are_reported_each_with_its_file_and_line(ppf, workspace, tmp_path):
    workspace.file.write_text(
        _pipeline(
            '{ name: a, component_type: source, class_path: "steps.Nope" }\n'
            '{ name: b, component_type: source, class_path: "steps.Picky", config {\n  colour: blue } }\n'
            '{ name: c, component_type: sink, class_path: "steps.Step", depends_on: [aa] }'
        )
    )
    other = tmp_path / "other.conf"
    other.write_text(_pipeline('{ name: a, component_type: sauce, class_path: "steps.Step" }'))
    gone = tmp_path / "gone.conf"
    outcome = ppf("validate", workspace.file, other, gone)
    assert outcome.code == 2
    lines = outcome.out.splitlines()
    assert len(lines) == 5
    for start, rest in (
        (f"{workspace.file}:2: components[0].class_path: ", "steps.Nope"),
        (f"{workspace.file}:3: components[1].config: colour: ", 'expected red, got blue (component "b")'),
        (f"{workspace.file}:5: components[2].depends_on: ", '"aa"'),
        (f"{other}:2: components[0].component_type: ", '"sauce" (did you mean "source"?)'),
        (f"{gone}: ", ""),
    ):
        assert any(line.startswith(start) and rest in line for line in lines), (start, lines)


def test_warnings_are_reported_and_leave_the_exit_code_at_0(ppf, workspace):
    file = workspace.write(workspace.step("off", enabled=False), workspace.step("on", "off"))
    outcome = ppf("validate", file)
    assert outcome.code == 0
    assert 'will be skipped, since it depends on "off" (disabled) (component "on") (warning)' in outcome.out


def test_a_problem_in_an_included_file_names_that_file(ppf, workspace, tmp_path):
    included = tmp_path / "components.conf"
    included.write_text('components: [\n\n { name: a, component_type: source, class_path: "steps.Nope" } ]\n')
    workspace.file.write_text('name: flights\nversion: "1.0"\ninclude "components.conf"\n')
    assert f"{included}:3: " in ppf("validate", workspace.file).out


def test_modules_of_the_same_name_beside_two_files_are_kept_apart(ppf, tmp_path):
    for folder, name in (("one", "OnlyHere"), ("two", "OnlyThere")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "parts.py").write_text(f"class {name}:\n    def run(self): ...\n")
        text = f'{{ name: a, component_type: source, class_path: "parts.{name}" }}'
        (tmp_path / folder / "p.conf").write_text(_pipeline(text))
    assert ppf("validate", tmp_path / "one" / "p.conf", tmp_path / "two" / "p.conf").code == 0


def test_an_abstract_class_is_a_problem(ppf, workspace, tmp_path):
    (tmp_path / "parts.py").write_text(
        "from ppf_core.component import PipelineComponent\nclass Part(PipelineComponent): ...\n"
    )
    outcome = ppf("validate", workspace.write(workspace.step("a", class_path="parts.Part")))
    assert outcome.code == 2
    assert "parts.Part is abstract: it lacks run" in outcome.out


def test_json_lists_files_with_problems_and_their_lines(ppf, workspace):
    workspace.file.write_text(_pipeline('{ name: a, component_type: source, class_path: "steps.Nope" }'))
    outcome = ppf("validate", workspace.file, "--json")
    assert outcome.code == 2
    (entry,) = outcome.document["files"]
    assert (entry["file"], entry["valid"], entry["errors"][0]["line"]) == (str(workspace.file), False, 2)
