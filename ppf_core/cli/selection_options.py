"""Selection of a part of a pipeline: `--select`, `--exclude`, `--from`, `--until` and `--force`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from ppf_core.runner import Selection

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["selected_by", "selection_words"]


def selected_by(
    select: Sequence[str] | None,
    exclude: Sequence[str] | None,
    from_: Sequence[str] | None,
    until: Sequence[str] | None,
    force: Sequence[str] | None,
    *,
    run_is_known: bool,
) -> Selection:
    """Return the selection that the options make.

    Args:
        select: The patterns of the option.
        exclude: The patterns of the option.
        from_: The patterns of the option.
        until: The patterns of the option.
        force: The patterns of the option.
        run_is_known: Whether components can be completed already.

    Raises:
        BadParameter: `--force` in a run in which no component can be completed.
    """
    if force and not run_is_known:
        raise typer.BadParameter(
            "needs --run-id, and no --fresh: in a new run everything runs anyway",
            param_hint="--force",
        )
    given = {"select": select, "exclude": exclude, "from": from_, "until": until, "force": force}
    return Selection.of(given)


def selection_words(selection: Selection) -> list[str]:
    """Return the options as words, without `--force`: the checkpoint no longer has forced components as completed."""
    words: list[str] = []
    for option, patterns in (
        ("--select", selection.select),
        ("--exclude", selection.exclude),
        ("--from", selection.from_),
        ("--until", selection.until),
    ):
        for pattern in patterns:
            words += [option, pattern]
    return words
