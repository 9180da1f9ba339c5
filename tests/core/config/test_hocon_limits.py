"""A pipeline file that is too much is refused at once, before it costs time or memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from ppf_core.config import ConfigError, read_hocon
from ppf_core.config.hocon import read_document
from ppf_core.config.hocon_text import MAX_BYTES, MAX_DEPTH

if TYPE_CHECKING:
    from pathlib import Path


def refusal(text: str) -> str:
    started = time.perf_counter()
    with pytest.raises(ConfigError) as caught:
        read_document(text)
    assert time.perf_counter() - started < 5
    return str(caught.value)


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.conf"
    path.write_text("x = 1\n" * (MAX_BYTES // 6 + 1))
    with pytest.raises(ConfigError, match=f"large.conf: expected at most {MAX_BYTES} bytes"):
        read_hocon(path)


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 200, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("a {", "}"), ("a = {", "}")])
def test_deep_blocks_are_refused(levels: int, opening: str, closing: str) -> None:
    assert f"at most {MAX_DEPTH} deep" in refusal(opening * levels + closing * levels)


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 100_000])
def test_deep_lists_and_long_key_paths_are_refused(levels: int) -> None:
    assert f"at most {MAX_DEPTH} deep" in refusal("a = " + "[" * levels + "]" * levels)
    assert f"at most {MAX_DEPTH} deep" in refusal(".".join("a" * levels) + " = 1")


def test_blocks_and_lists_up_to_the_limit_are_read() -> None:
    depth = MAX_DEPTH
    assert read_document("a {" * depth + "}" * depth).tree.keys() == {"a"}
    assert read_document("a = " + "[" * (depth - 1) + "]" * (depth - 1)).tree.keys() == {"a"}


def test_texts_that_double_again_and_again_are_refused_with_their_line() -> None:
    lines = ['a0 = "xxxxxxxxxx"'] + [f"a{i} = ${{a{i - 1}}}${{a{i - 1}}}" for i in range(1, 60)]
    assert refusal("\n".join(lines)).startswith(
        "line 19: a18: expected at most 2000000 characters once references"
    )


def test_blocks_that_double_again_and_again_are_refused() -> None:
    lines = ["a0 { x = 1 }"] + [f"a{i} {{ l = ${{a{i - 1}}}, r = ${{a{i - 1}}} }}" for i in range(1, 60)]
    assert "expected at most 2000000 characters once references are filled in" in refusal("\n".join(lines))


def test_a_list_that_doubles_itself_is_refused() -> None:
    assert "once references are filled in" in refusal("a = [1]\n" + "a = ${a} ${a}\n" * 60)


def test_a_block_that_reaches_a_large_one_through_another_reference_is_refused() -> None:
    base = 'big = "' + "x" * 100_000 + '"\nwrap { b = ${big} }\nalias = ${wrap}\n'
    assert "once references are filled in" in refusal(
        base + "\n".join(f"c{i} = ${{alias.b}}" for i in range(100))
    )


@pytest.mark.parametrize("text", ["a = ${b}\nb = ${a}", "a = ${b}\nb { x = ${a} }", "a { b = ${a} }"])
def test_what_would_contain_itself_is_a_circle(text: str) -> None:
    assert "expected a value that does not contain itself, got a cycle through ${" in refusal(text)


def test_neighbours_may_refer_to_each_others_parts() -> None:
    text = "bar { a = ${foo.d}, b = 1 }\nfoo { c = ${bar.b}, d = 2 }"
    assert read_document(text).tree == {"bar": {"a": 2, "b": 1}, "foo": {"c": 1, "d": 2}}


def test_too_many_references_are_refused() -> None:
    assert "expected at most 2000 references" in refusal(
        "a = 1\n" + "\n".join(f"b{i} = ${{a}}" for i in range(2001))
    )


def test_a_very_long_chain_of_references_is_read_or_refused() -> None:
    text = "a0 = 1\n" + "\n".join(f"a{i} = ${{a{i - 1}}}" for i in range(1, 1500))
    assert outcome(text) in (
        "1",
        "expected blocks and references that are less deeply nested, got more than can be followed",
    )


def outcome(text: str) -> str:
    try:
        return str(read_document(text).tree["a1499"])
    except ConfigError as error:
        return str(error)
