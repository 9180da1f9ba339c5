"""Settings of components, validated before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from ppf_core.config import ConfigError, decode

if TYPE_CHECKING:
    from typing_extensions import Self

    from ppf_core.config import Problem

__all__ = ["WithSettings"]

S = TypeVar("S")


class WithSettings(Generic[S]):
    """Creates a component from its `config` block, decoded as `settings`; list it before the other base class.

    `settings_class` is a pydantic dataclass. `ppf validate` and each run report all unknown, missing and invalid
    settings at once, with the component's name and the nearest known key:

        @dataclass(frozen=True, config=STRICT_KEYS)  # of pydantic.dataclasses and ppf_core.config
        class CleanSettings:
            minimum: float = 0.0

        class Clean(WithSettings[CleanSettings], DataFlow):
            settings_class = CleanSettings

            def run(self) -> None:
                ...  # uses self.settings.minimum
    """

    settings_class: ClassVar[type]

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Create a component from its `config` block.

        Raises:
            ConfigError: settings are unknown, missing or invalid; lists all of them.
        """
        return cls(decode(config, cls.settings_class))

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> list[Problem]:
        """Return the problems in a `config` block, with paths relative to it."""
        try:
            decode(config, cls.settings_class)
        except ConfigError as error:
            return list(error.problems)
        return []
