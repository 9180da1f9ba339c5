"""Differences between expected and actual columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ppf_core.config import nearest_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .type_tree import Part, TypeTree

__all__ = ["part_differences"]

_NAMES_SHOWN = 20


def part_differences(
    expected: Sequence[Part],
    actual: Sequence[Part],
    *,
    allow_extra: bool,
    check_nullability: bool,
    prefix: str = "",
) -> Iterator[str]:
    """Yield a line for each difference; columns are matched by name, ignoring case and order."""
    unmatched = {part.name.lower(): part for part in actual}
    for wanted in expected:
        path = f"{prefix}{wanted.name}"
        got = unmatched.pop(wanted.name.lower(), None)
        if got is None:
            nearest = _nearest(wanted.name, actual)
            yield f"column {path}: expected {wanted.tree}, got no such column; {nearest}"
            continue
        if check_nullability and got.nullable and not wanted.nullable:
            yield f"column {path}: expected not null, got nullable"
        yield from _type_differences(
            wanted.tree, got.tree, allow_extra=allow_extra, check_nullability=check_nullability, path=path
        )
    if not allow_extra:
        for extra in unmatched.values():
            yield f"column {prefix}{extra.name}: expected no such column, got {extra.tree}"


def _type_differences(
    expected: TypeTree, actual: TypeTree, *, allow_extra: bool, check_nullability: bool, path: str
) -> Iterator[str]:
    if expected.name != actual.name:
        yield f"column {path}: expected {expected}, got {actual}"
    elif expected.parts or actual.parts:
        # By part: names a single wrong field inside a nested type, instead of printing two long types.
        yield from part_differences(
            expected.parts,
            actual.parts,
            allow_extra=allow_extra,
            check_nullability=check_nullability,
            prefix=f"{path}.",
        )


def _nearest(name: str, parts: Sequence[Part]) -> str:
    names = [part.name for part in parts]
    nearest = nearest_name(name, names)
    if nearest is not None:
        return f"did you mean {nearest}?"
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"the columns are {', '.join(names[:_NAMES_SHOWN])}{more}" if names else "there are no columns"
