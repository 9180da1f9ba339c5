"""What the built-in components share: settings that are checked before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from ppf_core.component import DataFlow
from ppf_core.config import ConfigError, decode

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["BatchComponent"]

S = TypeVar("S")


class BatchComponent(DataFlow, Generic[S]):
    """A component whose `config` block is decoded into `settings`, an object of `settings_class`."""

    settings_class: ClassVar[type]

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make one from its `config` block.

        Raises:
            ConfigError: unknown, missing or wrong settings, all of them at once.
        """
        return cls(decode(config, cls.settings_class))

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> list[str]:
        """What is wrong with a `config` block."""
        try:
            decode(config, cls.settings_class)
        except ConfigError as error:
            return [
                f"{problem.path}: {problem.message}" if problem.path else problem.message
                for problem in error.problems
            ]
        return []
