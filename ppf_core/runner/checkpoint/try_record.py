"""History entry of one try of a run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ppf_core.runner.completed import STRICT_RECORD

__all__ = ["TryRecord"]

_ENDED = "ended"


@dataclass(frozen=True)
class TryRecord:
    """One try of a run: who made it and when it started (ISO 8601).

    `details` is what the caller knows of the try: its host and process, or a try number. The try after it adds under
    `ended` what it finds of its end, since one that was killed can say nothing of that itself.
    """

    __pydantic_config__ = STRICT_RECORD

    owner: str
    started_at: str
    details: dict[str, str] = field(default_factory=dict)

    @property
    def ended(self) -> str:
        """How it ended, in words; empty for one that goes on or that an earlier release has noted."""
        return self.details.get(_ENDED, "")

    @property
    def maker(self) -> dict[str, str]:
        """Who made it: the details without its end."""
        return {name: value for name, value in self.details.items() if name != _ENDED}

    def with_end(self, end: str) -> TryRecord:
        """Return the record with how the try ended, in words."""
        return replace(self, details={**self.details, _ENDED: end})
