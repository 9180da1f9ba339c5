"""Counts of rows and bytes that a component reports to have written."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ppf_core.component import DataCount

if TYPE_CHECKING:
    from ppf_core.secrets import SecretsResolver

__all__ = ["reported_counts"]

logger = logging.getLogger(__name__)


def reported_counts(instance: Any, name: str, secrets: SecretsResolver) -> tuple[DataCount, ...]:
    """Return the `data_counts` of a component, without secrets; if they cannot be had, log a warning."""
    if not hasattr(instance, "data_counts"):
        return ()
    try:
        return tuple(_checked(count, secrets) for count in instance.data_counts())
    except Exception as error:  # noqa: BLE001 - the component has succeeded, with or without counts
        redacted = secrets.redact_error(error)
        logger.warning("Component %s did not report how much it wrote: %r", name, redacted)
        return ()


def _checked(count: object, secrets: SecretsResolver) -> DataCount:
    if not isinstance(count, DataCount):
        raise TypeError(f"data_counts(): expected DataCount objects, got {type(count).__name__}")
    for number in (count.rows, count.bytes):
        if number is not None and (type(number) is not int or number < 0):
            raise ValueError(f"data_counts(): expected whole numbers from 0 or None, got {count!r}")
    return replace(count, name=secrets.redact(count.name))
