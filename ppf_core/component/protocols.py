"""What a component may be able to do besides running."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ConfigurableInstance", "Resource"]


@runtime_checkable
class ConfigurableInstance(Protocol):
    """Is made from its `config` block, secrets resolved."""

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make one; any exception means that the settings are wrong and no retry is made."""
        ...


@runtime_checkable
class Resource(Protocol):
    """Holds something that must be let go: opened before each try's `run`, closed after it whatever happened.

    An error of `close` is logged; it fails the component only if nothing failed before it.
    """

    def open(self) -> None:
        """Take hold."""

    def close(self) -> None:
        """Let go; also called when `open` failed half-way."""
