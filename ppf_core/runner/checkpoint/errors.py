"""Errors of checkpoints: changed pipelines, unreadable records and superseded tries."""

from __future__ import annotations

from ppf_core.errors import PpfError

__all__ = [
    "CheckpointError",
    "CheckpointSupersededError",
    "CheckpointUnreadableError",
    "PipelineConfigChangedError",
]


class CheckpointError(PpfError):
    """A checkpoint cannot be used."""


class PipelineConfigChangedError(CheckpointError):
    """The checkpoint was made by a pipeline of another structure."""

    def __init__(self, run_id: str, pipeline_name: str) -> None:
        super().__init__(
            f"the components or dependencies of pipeline {pipeline_name!r} have changed since the checkpoint of run "
            f"{run_id!r} was made: start afresh (checkpoint.on_config_change = restart, or delete the checkpoint), "
            "or bring back the structure it had"
        )
        self.run_id = run_id
        self.pipeline_name = pipeline_name

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.run_id, self.pipeline_name)


class CheckpointUnreadableError(CheckpointError):
    """A stored checkpoint that is torn, foreign or of a newer format; `where` and `reason` say which and why."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"checkpoint {where} cannot be read: {reason}; delete it to start afresh")
        self.where = where
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.where, self.reason)


class CheckpointSupersededError(CheckpointError):
    """A later try, or another process, has taken over the run; this one must not go on."""

    def __init__(self, run_id: str, pipeline_name: str) -> None:
        super().__init__(
            f"run {run_id!r} of pipeline {pipeline_name!r} was taken over by another try or process: "
            "this one stops, its unsaved progress is the other's to redo"
        )
        self.run_id = run_id
        self.pipeline_name = pipeline_name

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Pickle by the constructor's arguments."""
        return type(self), (self.run_id, self.pipeline_name)
