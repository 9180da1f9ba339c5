from __future__ import annotations

import pytest
import typer

from ppf_core.cli import installed_commands

THEIRS = typer.Typer(help="What another package brings.")


@THEIRS.callback()
def _group() -> None: ...


@THEIRS.command()
def greet() -> int:
    typer.echo("hello")
    return 7


class Entry:
    def __init__(self, name: str, loads: object) -> None:
        self.name, self.value, self.loads = name, f"some.module:{name}", loads

    def load(self) -> object:
        if isinstance(self.loads, Exception):
            raise self.loads
        return self.loads


@pytest.fixture
def _two_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [Entry("theirs", THEIRS), Entry("broken", ImportError("no such module")), Entry("run", THEIRS)]
    monkeypatch.setattr(installed_commands, "entry_points", lambda group: entries)


@pytest.mark.usefixtures("_two_packages")
def test_a_package_adds_a_command(ppf):
    outcome = ppf("theirs", "greet")
    assert (outcome.code, outcome.out) == (7, "hello\n")
    assert "What another package brings." in ppf("--help").out


@pytest.mark.usefixtures("_two_packages")
def test_a_command_that_cannot_be_imported_is_a_warning_and_takes_no_other_away(ppf):
    outcome = ppf("--help")
    assert outcome.code == 0
    assert "validate" in outcome.out
    assert "warning: ppf broken is not available: some.module:broken: no such module" in outcome.err
    assert ppf("broken").code == 2


@pytest.mark.usefixtures("_two_packages")
def test_a_package_cannot_take_the_place_of_an_own_command(ppf):
    assert "greet" not in ppf("run", "--help").out
