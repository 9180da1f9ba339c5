"""A folder with a pipeline file and component classes beside it, and `ppf` called in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ppf_core.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STEPS = '''
import os
import sys
from pathlib import Path

from ppf_core.schema import SchemaDefinition

print("steps is imported")


class Step:
    """Appends its label to a ledger; what else it does depends on its settings."""

    def __init__(self, label="step", ledger=None, fail=False, noise=False, unless=None, value=None):
        self.label, self.ledger, self.fail, self.noise, self.unless = label, ledger, fail, noise, unless
        self.value = value

    def run(self):
        if self.ledger:
            with open(self.ledger, "a") as file:
                file.write(self.label + ("" if self.value is None else f" {self.value!r}") + "\\n")
        if self.noise:
            print("printed by a component")
            os.system("echo printed by a child process")
        if self.fail or (self.unless and not Path(self.unless).exists()):
            raise RuntimeError("it broke\\nin detail")


class Picky(Step):
    @classmethod
    def validate_config(cls, config):
        return [f"colour: expected red, got {config['colour']}"] if "colour" in config else []


class Makes:
    @classmethod
    def output_schemas(cls, config):
        return {"v": SchemaDefinition.from_ddl("id int")}

    def run(self): ...


class Needs:
    @classmethod
    def input_schemas(cls, config):
        return {"v": SchemaDefinition.from_ddl("id bigint")}

    def run(self): ...


class Writes:
    def run(self): ...

    def data_counts(self):
        from ppf_core.component import DataCount

        return [DataCount("/out", 1234567, 2500)]


class Quits:
    def run(self):
        sys.exit(7)


class Signals:
    """Signals through a FIFO that it runs; then fails, and waits for its retry (or works on, if it is busy)."""

    def __init__(self, fifo, busy=False, unless=None):
        self.fifo, self.busy, self.unless = fifo, busy, unless

    def run(self):
        if Path(self.unless).exists():
            return
        Path(self.fifo).write_text("here")
        if self.busy:
            import threading

            threading.Event().wait(300)
        raise ConnectionError("not yet")


class BadHook:
    def before_pipeline(self, config):
        raise OSError("the disk is full")
'''


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def ppf(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


class Workspace:
    """A folder for a pipeline, its classes and their output."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "pipeline.conf"
        self.ledger = folder / "ledger.txt"
        self.checkpoints = folder / "checkpoints"
        (folder / "steps.py").write_text(STEPS)

    def ran(self) -> list[str]:
        return self.ledger.read_text().splitlines() if self.ledger.exists() else []

    def step(self, name: str, *needs: str, **settings: Any) -> dict[str, Any]:
        enabled = settings.pop("enabled", True)
        class_path = settings.pop("class_path", "steps.Step")
        if class_path == "steps.Step":
            settings = {"label": name, "ledger": str(self.ledger), **settings}
        return {
            "name": name,
            "component_type": "transformation",
            "class_path": class_path,
            "depends_on": list(needs),
            "enabled": enabled,
            "config": settings,
        }

    def write(self, *components: dict[str, Any], **blocks: Any) -> Path:
        pipeline = {"name": "flights", "version": "1.0", "components": components, **blocks}
        self.file.write_text(json.dumps(pipeline, indent=1))
        return self.file


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)
