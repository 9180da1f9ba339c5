"""History entry of one try of a run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ppf_core.runner.completed import STRICT_RECORD

__all__ = ["TryRecord"]

_ENDED = "ended"


@dataclass(frozen=True)
class TryRecord:
    """One try of a run: its owner and when it started (ISO 8601).

    `details` are facts from the caller: host and process, or a try number. The next try adds how this try ended, as
    `ended`, because a killed try cannot record that itself.
    """

    __pydantic_config__ = STRICT_RECORD

    owner: str
    started_at: str
    details: dict[str, str] = field(default_factory=dict)

    @property
    def ended(self) -> str:
        """The end of the try in words; empty for one that goes on or that an earlier release has noted."""
        return self.details.get(_ENDED, "")

    @property
    def maker(self) -> dict[str, str]:
        """The details except how the try ended."""
        return {name: value for name, value in self.details.items() if name != _ENDED}

    def with_end(self, end: str) -> TryRecord:
        """Return the record with how the try ended, in words."""
        return replace(self, details={**self.details, _ENDED: end})
