"""Components whose settings are checked before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from ppf_core.config import ConfigError, decode

if TYPE_CHECKING:
    from typing_extensions import Self

    from ppf_core.config import Problem

__all__ = ["WithSettings"]

S = TypeVar("S")


class WithSettings(Generic[S]):
    """Makes a component of its `config` block, decoded into `settings`; to be named before the other base class.

    `settings_class` is a pydantic dataclass. Unknown, missing and wrong settings are told by `ppf validate` and
    before a run, all of them at once, with the component's name and the nearest known key:

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
        """Make one from its `config` block.

        Raises:
            ConfigError: unknown, missing or wrong settings, all of them at once.
        """
        return cls(decode(config, cls.settings_class))

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> list[Problem]:
        """Return what is wrong with a `config` block; paths are relative to it."""
        try:
            decode(config, cls.settings_class)
        except ConfigError as error:
            return list(error.problems)
        return []
