"""Counts of written rows and bytes, in numbers and words."""

from __future__ import annotations

import pytest

from ppf_core.component import DataCount, DataKind, total_bytes, total_rows


def test_the_total_of_several_is_their_sum() -> None:
    counts = [DataCount("a", 2, 30), DataCount("b", 5, 70)]
    assert (total_rows(counts), total_bytes(counts)) == (7, 100)


def test_a_total_with_an_unknown_part_is_unknown_rather_than_too_small() -> None:
    counts = [DataCount("a", 2, None), DataCount("b", 5, 70)]
    assert (total_rows(counts), total_bytes(counts)) == (7, None)


def test_of_nothing_there_is_no_total_not_even_zero() -> None:
    assert total_rows([]) is None


def test_no_rows_are_zero_rows() -> None:
    assert total_rows([DataCount("a", 0)]) == 0


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (DataCount("clean", 3, 40, DataKind.VIEW), "view clean: 3 rows, 40 bytes"),
        (DataCount("/out", 0), "/out: 0 rows"),
        (DataCount("/out"), "/out: not counted"),
    ],
)
def test_a_count_in_words(count: DataCount, text: str) -> None:
    assert str(count) == text
