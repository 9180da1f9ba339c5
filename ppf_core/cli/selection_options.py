"""`--select`, `--exclude`, `--from`, `--until` and `--force`: what part of a pipeline a command is about."""

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
    """The selection of these options.

    Args:
        select: As given; so are the next four.
        exclude: As given.
        from_: As given.
        until: As given.
        force: As given.
        run_is_known: Whether there can be anything that is completed already.

    Raises:
        BadParameter: something is to be forced, and nothing can be completed.
    """
    if force and not run_is_known:
        raise typer.BadParameter(
            "needs --run-id, and no --fresh: in a run that is new everything runs anyway",
            param_hint="--force",
        )
    given = {"select": select, "exclude": exclude, "from": from_, "until": until, "force": force}
    return Selection.of(given)


def selection_words(selection: Selection) -> list[str]:
    """The options again, without `--force`: what was forced is not on record as completed any more."""
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
