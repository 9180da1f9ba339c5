"""HOCON texts: values and errors."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppf_core.config import ConfigError, Problem, read_hocon
from ppf_core.config.hocon import read_document

if TYPE_CHECKING:
    from pathlib import Path


def read(text: str) -> dict[str, Any]:
    return read_document(text).tree


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("10", 10),
        ("-5", -5),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("1.10", 1.1),
        ("true", True),
        ("false", False),
        ("null", None),
        ("007", "007"),
        ("1e999", "1e999"),
        ("10s", "10s"),
        ("500 ms", "500 ms"),
        ("5 minutes", "5 minutes"),
        ("10 days of rain", "10 days of rain"),
        ("10 KB", "10 KB"),
        ("2026-01-31", "2026-01-31"),
        ("host:9092", "host:9092"),
        ("some words here", "some words here"),
        ('"10"', "10"),
        ('"true"', "true"),
        ('"null"', "null"),
        ('"10s"', "10s"),
        ('""', ""),
        (r'"a\n\t\"\\\u00e9\/"', 'a\n\t"\\é/'),
        (r'"C:\\dir\\new"', "C:\\dir\\new"),
        ('"""two\nlines "quoted" \\n"""', 'two\nlines "quoted" \\n'),
        ('"""ends with a quote""""', 'ends with a quote"'),
        (
            '"{{ ds }} ${not_a_reference} # no comment // none"',
            "{{ ds }} ${not_a_reference} # no comment // none",
        ),
        ("[]", []),
        ("[1, [2], {}]", [1, [2], {}]),
        ("[\n1\n2\n\n3,\n]", [1, 2, 3]),
        ("{}", {}),
        ('a "b" c', "a b c"),
    ],
)
def test_a_value_is_read_unchanged(written: str, value: object) -> None:
    got = read(f"key = {written}")["key"]
    assert got == value
    assert type(got) is type(value) or isinstance(value, float)


@pytest.mark.parametrize("text", ["", "   \n", "# only a comment", "// and another\n", "{}", "\ufeff"])
def test_a_document_may_be_empty(text: str) -> None:
    assert read(text) == {}


@pytest.mark.parametrize("separator", ["=", ":", " = ", " :\n  "])
@pytest.mark.parametrize("end", ["\n", "\r\n", ",", "\n\n,\n", " # note\n", " // note\n"])
def test_separators_and_line_ends_may_be_mixed(separator: str, end: str) -> None:
    assert read(f"a{separator}1{end}b{separator}2{end}") == {"a": 1, "b": 2}


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    (tmp_path / "bom.conf").write_bytes(b"\xef\xbb\xbfname = x")
    assert read_hocon(tmp_path / "bom.conf") == {"name": "x"}


def test_json_is_hocon() -> None:
    assert read('{"a": {"b": [1, 2.5, "x", null, true]}, "é ü": {}}') == {
        "a": {"b": [1, 2.5, "x", None, True]},
        "é ü": {},
    }


def test_spaces_belong_to_a_key_only_inside_it_or_inside_quotes() -> None:
    assert read('a b = 1\n c  : 2\n" d " = 3\n"e" f = 4') == {"a b": 1, "c": 2, " d ": 3, "e f": 4}


def test_a_quoted_key_keeps_its_dots_and_an_unquoted_key_is_a_path() -> None:
    assert read('"a.b" = 1, c.d = 2, e."f.g".h = 3, "i:j*{}" = 4') == {
        "a.b": 1,
        "c": {"d": 2},
        "e": {"f.g": {"h": 3}},
        "i:j*{}": 4,
    }


def test_the_same_quoted_key_is_one_key_however_it_is_reached() -> None:
    assert read('k."x.y" = 1\nk { "x.y" = 2, z = 3 }\nq = ${k."x.y"}') == {"k": {"x.y": 2, "z": 3}, "q": 2}


def test_of_a_repeated_key_blocks_are_merged_and_other_values_replaced() -> None:
    assert read("a { b = 1, c = 1 }\na { c = 2 }\nd = 1\nd = 2\nl = [1]\nl = [2]") == {
        "a": {"b": 1, "c": 2},
        "d": 2,
        "l": [2],
    }


def test_a_reference_brings_in_a_value_with_its_type() -> None:
    assert read("n = 10\nm = ${n}\nt = ${n} apples\nb { x = ${n} }\nl = [${n}, ${b.x}]") == {
        "n": 10,
        "m": 10,
        "t": "10 apples",
        "b": {"x": 10},
        "l": [10, 10],
    }


def test_a_block_can_be_extended_by_reference() -> None:
    assert read("base { x = 1, n { a = 1 } }\nfull = ${base} { y = 2, n { b = 2 } }")["full"] == {
        "x": 1,
        "y": 2,
        "n": {"a": 1, "b": 2},
    }


def test_a_list_can_be_added_to() -> None:
    assert read("a = [1]\na += 2\na += 3\nb += x\nc = [1]\nc = ${c} [2, 3]") == {
        "a": [1, 2, 3],
        "b": ["x"],
        "c": [1, 2, 3],
    }


def test_adding_twice_inside_a_block_is_refused_with_the_way_out() -> None:
    assert "write a single list" in refusal("k {\n  a += 1\n  a += 2\n}")


def test_adding_inside_a_list_is_refused() -> None:
    assert refusal("l = [ { a = [1]\n a += 2 } ]").startswith(
        "line 2: expected = for a setting inside a list, got +="
    )


def test_references_fall_back_to_environment_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PPF_TEST_ROOT", "/data")
    monkeypatch.delenv("PPF_TEST_NOT_SET", raising=False)
    text = """
        root = ${PPF_TEST_ROOT}/raw
        kept = 1
        kept = ${?PPF_TEST_NOT_SET}
        absent = ${?PPF_TEST_NOT_SET}
        list = [1, ${?PPF_TEST_NOT_SET}, null]
    """
    assert read(text) == {"root": "/data/raw", "kept": 1, "list": [1, None]}


def test_a_reference_that_leads_nowhere_names_itself_and_its_line() -> None:
    assert refusal('a = 1\nb = ${nope."x.y"}') == (
        'line 2: expected a setting or an environment variable called nope."x.y", got none '
        '(write ${?nope."x.y"} if it may be missing)'
    )


def test_all_references_that_lead_nowhere_are_reported_at_once() -> None:
    assert len(refusal("a = ${x}\nb = ${y}\nc = ${z}").splitlines()) == 3


def test_a_value_and_a_block_under_one_key_are_refused() -> None:
    assert refusal("a = x\nb = 1\na { c = 2 }") == (
        "line 3: a: expected the same kind of value each time that a is set, "
        "got a mix of blocks, lists and single values"
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a = {\nb = 1", 1, "expected this brace to be closed, got the end of the file"),
        ("a = 1\n}", 2, 'a key, got "}"'),
        ("{ a = 1 }\nb = 2", 2, 'the end of the file after the closing brace, got "b"'),
        ("\na = [1,\n2", 2, "expected this bracket to be closed, got the end of the file"),
        ("a = [1\n}", 2, "expected the bracket in line 1 to be closed first, got a brace"),
        ("a = [,1]", 1, "a value, got a comma"),
        ("x = 1\na 1", 2, 'expected = or : or { after the key "a 1", got the end of the file'),
        ("= 1", 1, 'a key, got "="'),
        ("a..b = 1", 1, 'a key after "a.", got "."'),
        ("a = b = c", 1, 'a comma or a new line before the next key, or quotes around a text with "="'),
        ('a = "x\nb = 1', 1, "a closing quote in the same line"),
        ('a = """x', 1, 'expected this """ to be closed'),
        ("a = local[*]", 1, 'quotes around a text with "*"'),
        ("a = s3a://bucket/key", 1, "quotes around a text with //"),
        ("a = $x", 1, "${path} or ${?path}, got an incomplete reference"),
        ("a = ${x\n}", 1, "${path} or ${?path}, got an incomplete reference"),
        ("b = 1\na = ", 2, "a value, got the end of the file"),
        (r'a = "\q"', 1, r'\\ for a backslash inside quotes, got "\q"'),
        (r'a = "\ud800"', 1, "two \\u escapes for a character beyond U+FFFF, got one"),
        ("[1]", 1, "settings (key = value) at the top of a file, got a list"),
        ("a = \ue000", 1, "no character U+E000"),
        ("a = \ue001", 1, "no character U+E001"),
    ],
)
def test_a_syntax_error_says_line_expected_and_got(text: str, line: int, message: str) -> None:
    assert refusal(text).startswith(f"line {line}: ")
    assert message in refusal(text)


def test_a_syntax_error_in_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "broken.conf"
    path.write_text("name = x\na = [\n")
    with pytest.raises(ConfigError) as caught:
        read_hocon(path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (str(path), 2)
    assert str(problem).startswith(f"{path}:2: expected this bracket to be closed")


def test_a_file_that_is_not_utf8_names_byte_and_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.conf"
    path.write_bytes(b"a = 1\nb = \xe9\n")
    with pytest.raises(ConfigError, match=r"latin\.conf:2: expected UTF-8, got the byte 0xe9"):
        read_hocon(path)


def test_a_missing_file_says_where_it_looked_and_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "flights.conf").write_text("")
    with pytest.raises(ConfigError) as caught:
        read_hocon(tmp_path / "flight.conf")
    assert f"looked for {tmp_path / 'flight.conf'}" in str(caught.value)
    assert 'did you mean "flights.conf"?' in str(caught.value)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no directory .*/no"):
        read_hocon(tmp_path / "no" / "x.conf")


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a file, got the directory"):
        read_hocon(tmp_path)


def test_threads_may_read_at_the_same_time() -> None:
    results: list[Any] = []
    text = "a = 1\nb = ${a}\nc { d = [1, 2] }"
    threads = [threading.Thread(target=lambda: results.append(read(text))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [{"a": 1, "b": 1, "c": {"d": [1, 2]}}] * 8


def test_other_users_of_the_parser_library_notice_nothing() -> None:
    from pyparsing import ParserElement

    before = ParserElement.DEFAULT_WHITE_CHARS
    refusal("a = ${nope}")
    assert before == ParserElement.DEFAULT_WHITE_CHARS


_keys = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ue000\ue001"), max_size=8)
_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
)
_values = st.recursive(
    _scalars | _keys,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=40)
@given(st.dictionaries(_keys, _values, max_size=4))
def test_whatever_json_says_is_read_back(tree: dict[str, Any]) -> None:
    import json

    assert read(json.dumps(tree)) == tree
    assert read(json.dumps(tree, ensure_ascii=False, indent=1)) == tree


@settings(deadline=None, max_examples=40)
@given(st.text(alphabet='ab1.{}[]"=:,+$?# \n\\/*', max_size=40))
def test_any_text_is_read_or_refused_by_our_own_error(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        read(text)
    except ConfigError as error:
        problems = error.problems
    assert all(problem.message.startswith("expected") for problem in problems)
