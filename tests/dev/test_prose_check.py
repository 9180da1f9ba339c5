"""Prose check: each rule on a sentence that breaks it and on a sentence that keeps it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from dev.places import CHECKOUT
from dev.prose.exemptions import EXEMPTIONS, NOT_YET_CLEAN, Exemption
from dev.prose.finding import findings
from dev.prose_check import check, main, tracked_files


def rules_broken_by(text: str, path: str = "package/module.py") -> list[str]:
    return [finding.rule for finding in findings(path, dedent(text))]


BANNED = [
    "what a task tells of its run",
    "the caller was told",
    "components behind a failed component",
    "the table is drawn anew",
    "whoever takes over a run",
    "a page for who wants to resume",
    "ConfigError: so it is.",
    "the text is returned as it is",
    "the value at hand",
    "a replay comes along",
    "all hooks had their say",
    "the connection has the last word",
    "its how manieth try",
    "what lies further up",
    "what watches a run",
    "what the history says of this try",
    "what becomes of a view",
    "a component of one's own",
    "not the old view but the new one.",
    "the task runs before later ones",
    "the sentence goes on, so\nit is found across lines",
]
KEPT = [
    "the report contains the outcome of each task",
    "each one of the runs; one task per run; one another; one of the two views",
    "the run is at the handle",
    "components downstream of a failed component are skipped",
]


@pytest.mark.parametrize("text", BANNED)
def test_banned_words_are_found_in_every_kind_of_text(text: str) -> None:
    assert rules_broken_by(text, "docs/page.md") == ["banned words"]
    assert rules_broken_by(f'"""Module.\n\n{text}\n"""\n') == ["banned words"]
    comment = "\n".join(f"# {line}" for line in text.splitlines())
    assert rules_broken_by(f"{comment}\n") == ["banned words"]
    assert rules_broken_by(f"raise ValueError(f{text!r})\n") == ["banned words"]
    assert rules_broken_by(f"all:\n\t{comment}\n", "Makefile") == ["banned words"]


@pytest.mark.parametrize("text", KEPT)
def test_plain_sentences_pass_in_every_kind_of_text(text: str) -> None:
    assert not rules_broken_by(text, "docs/page.md")
    assert not rules_broken_by(f'"""Module.\n\n{text}\n"""\n# {text}\nmessage = "{text}"\n')


@pytest.mark.parametrize(
    "heading",
    ["What a run leaves", "How a task ends", "12. Whether it is shared", "The same, in a table", "Or less"],
)
def test_a_heading_that_is_a_clause_is_found(heading: str) -> None:
    assert rules_broken_by(f"# Page\n\n## {heading}\n", "docs/page.md") == ["heading"]


@pytest.mark.parametrize(
    "heading", ["End of a task", "How to resume a run", "Why did my task run again?", "Howlers"]
)
def test_a_heading_that_is_a_topic_passes(heading: str) -> None:
    assert not rules_broken_by(f"# Page\n\n## {heading}\n", "docs/page.md")


def test_a_comment_in_a_code_block_is_no_heading() -> None:
    assert not rules_broken_by("# Page\n\n```sh\n# What a run leaves\n```\n", "docs/page.md")


@pytest.mark.parametrize(
    "opening", ["What a run leaves.", "Whether it is shared.", "How it ends.", "summary of a run."]
)
def test_a_module_docstring_that_is_no_noun_phrase_is_found(opening: str) -> None:
    assert rules_broken_by(f'"""{opening}"""\n') == ["module docstring"]


@pytest.mark.parametrize("opening", ["Summary of a run.", "Builds the XCom summary of a run.", "`ppf run`."])
def test_a_module_docstring_with_its_topic_first_passes(opening: str) -> None:
    assert not rules_broken_by(f'"""{opening}"""\n')


FUNCTION = """
    {decorator}
    def views(component):
        \"\"\"{docstring}\"\"\"
"""


def function(docstring: str, decorator: str = "# a function") -> str:
    return FUNCTION.format(docstring=docstring, decorator=decorator)


@pytest.mark.parametrize(
    "docstring",
    [
        "What `component` made.",
        "The views.",
        "views of it.",
        "Returns the views.",
        "Returning views.",
        "`None` or a view.",
    ],
)
def test_a_function_docstring_without_an_imperative_verb_is_found(docstring: str) -> None:
    assert rules_broken_by(function(docstring)) == ["function docstring"]


@pytest.mark.parametrize("docstring", ["Return the views.", "Pass the views on.", "Bring the views back."])
def test_a_function_docstring_in_the_imperative_passes(docstring: str) -> None:
    assert not rules_broken_by(function(docstring))


def test_a_property_may_be_a_noun_phrase_but_no_question() -> None:
    assert not rules_broken_by(function("The views.", "@property"))
    assert not rules_broken_by(function("Whether there are views.", "@cached_property"))
    assert not rules_broken_by(function("A session with views.", "@pytest.fixture(scope='session')"))
    assert rules_broken_by(function("What it made.", "@property")) == ["property docstring"]


def test_a_description_of_a_constant_may_be_a_noun_phrase_but_no_question() -> None:
    assert not rules_broken_by('LIMIT = 3\n"""Limit for the attempts."""\n')
    assert rules_broken_by('LIMIT = 3\n"""How many attempts there are."""\n') == ["property docstring"]
    assert rules_broken_by('LIMIT = 3\n"""The attempts that a caller is told of."""\n') == ["banned words"]


def test_a_class_docstring_may_be_a_noun_phrase_but_no_question() -> None:
    assert rules_broken_by('class Result:\n    """What a run came to."""\n') == ["class docstring"]
    assert not rules_broken_by('class Result:\n    """Result of a run."""\n')


@pytest.mark.parametrize("name", ["one", "found", "place", "told", "_place"])
def test_a_name_that_says_nothing_is_found_wherever_it_is_bound(name: str) -> None:
    assert "name" in rules_broken_by(f"{name} = 1\n")
    assert "name" in rules_broken_by(f"def view({name}): ...\n")
    assert "name" in rules_broken_by(f"self.{name} = 1\n")
    assert "name" in rules_broken_by(f"views = [{name} for {name} in views]\n")
    assert "name" in rules_broken_by("", f"package/{name}.py")


@pytest.mark.parametrize("name", ["tell_airflow", "ToldAirflow", "what_is_behind"])
def test_a_name_with_a_banned_word_is_found(name: str) -> None:
    assert rules_broken_by(f"class {name}: ...\n") == ["banned words"]


@pytest.mark.parametrize("name", ["placement", "foundation", "one_of", "teller", "bond"])
def test_a_name_with_part_of_a_banned_word_passes(name: str) -> None:
    assert not rules_broken_by(f"{name} = 1\n")


def test_a_finding_names_file_line_rule_and_remedy(tmp_path: Path) -> None:
    tmp_path.joinpath("page.md").write_text("# Page\n\nThe caller is\ntold so.\n")
    (finding,) = check(["page.md"], exemptions=(), root=tmp_path)
    assert str(finding) == (
        "page.md:4: banned words: # Page The caller is told so.; write instead: report, log, say, return, notify"
    )


def test_a_finding_after_an_escaped_newline_is_on_a_line_of_its_text() -> None:
    (finding,) = findings("module.py", 'message = "\\n\\n\\nthe caller was told"\n')
    assert finding.line == 1


def test_an_exemption_covers_its_phrase_in_its_file_alone(tmp_path: Path) -> None:
    for page in ("proxy.md", "other.md"):
        tmp_path.joinpath(page).write_text(
            "The server is behind a proxy.\n\nComponents behind a failed component.\n"
        )
    exemption = Exemption("proxy.md", "behind a proxy", "a proxy is in front of a server")
    reported = check(["proxy.md", "other.md"], exemptions=(exemption,), root=tmp_path)
    assert [(finding.path, finding.line) for finding in reported] == [
        ("proxy.md", 3),
        ("other.md", 1),
        ("other.md", 3),
    ]


def test_each_exemption_is_of_a_phrase_that_is_there() -> None:
    for exemption in EXEMPTIONS:
        assert exemption.phrase in CHECKOUT.joinpath(exemption.path).read_text(), exemption
        assert exemption.reason


def test_each_path_that_is_not_yet_clean_exists() -> None:
    paths = tracked_files(())
    assert [prefix for prefix in NOT_YET_CLEAN if not any(path.startswith(prefix) for path in paths)] == []


def test_the_exit_code_follows_the_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dev/prose/", "dev/prose_check.py"]) == 0
    assert not capsys.readouterr().out


def test_the_exit_code_is_1_where_there_is_a_finding(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dev.prose_check.check", lambda paths: findings("page.md", "The caller was told.\n"))
    assert main(["README.md"]) == 1
    assert "page.md:1: banned words" in capsys.readouterr().out
