"""HOCON values from environment variables, which are distinguished from written values."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppf_core.config import fill_in, read_document


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "pa ss: {1}")
    monkeypatch.delenv("NOT_SET", raising=False)


def test_a_value_of_the_environment_is_not_in_the_open_tree() -> None:
    document = read_document('url = "db:"${DB_PASSWORD}"@host"\nlist = [${DB_PASSWORD}, 1]')
    assert document.tree == {"url": "db:pa ss: {1}@host", "list": ["pa ss: {1}", 1]}
    assert "pa ss" not in repr(document.open_tree)
    assert fill_in(document.open_tree) == document.tree


def test_filling_in_uses_the_values_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    document = read_document("a = ${DB_PASSWORD}")
    monkeypatch.setenv("DB_PASSWORD", "other")
    assert fill_in(document.open_tree) == {"a": "other"}


def test_a_setting_goes_before_a_variable_of_its_name() -> None:
    document = read_document("DB_PASSWORD = mine\na = ${DB_PASSWORD}")
    assert document.tree == {"DB_PASSWORD": "mine", "a": "mine"}


def test_a_document_in_which_they_cannot_be_distinguished_has_no_open_tree() -> None:
    assert read_document("DB_PASSWORD = ${?DB_PASSWORD}").open_tree is None


def test_variables_are_named_with_whether_they_are_set() -> None:
    document = read_document("a = ${?NOT_SET}\nb = ${DB_PASSWORD}\nc = ${b}")
    assert document.variables == {"DB_PASSWORD": True, "NOT_SET": False, "b": False}


def test_files_are_named_with_a_digest_of_their_content(tmp_path: Path) -> None:
    main, included = tmp_path / "main.conf", tmp_path / "_defaults.conf"
    main.write_text('include "_defaults.conf"\na = 1')
    included.write_text("b = 1")
    before = read_document(path=main).files
    included.write_text("b = 2")
    after = read_document(path=main).files
    assert set(before) == set(after) == {str(main), str(included)}
    assert [name for name in before if before[name] != after[name]] == [str(included)]
