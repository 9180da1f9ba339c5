"""The provider uses only what the packages of the core export."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import airflow_ppf

PROVIDER = Path(airflow_ppf.__file__).parent
MODULES = ("ppf_core.errors", "ppf_core.clock")
"""The two files on the ground floor, which no package exports."""


def imports_of_the_core() -> Iterator[tuple[str, str, str]]:
    """Yield the place of each import from the core, the module it names and the name that it takes."""
    for file in sorted(PROVIDER.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ppf_core":
                for alias in node.names:
                    yield f"{file.relative_to(PROVIDER)}:{node.lineno}", node.module or "", alias.name
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name.startswith("ppf_core"):
                        yield f"{file.relative_to(PROVIDER)}:{node.lineno}", alias.name, ""


def test_every_import_of_the_core_is_from_a_package_that_exports_the_name() -> None:
    names = list(imports_of_the_core())
    assert len(names) > 100
    wrong = [
        f"{where}: {module}.{name}"
        for where, module, name in names
        if module not in MODULES
        and (module.count(".") != 1 or name not in import_module(module).__all__)
        and not (module == "ppf_core" and name == "config")
    ]
    assert wrong == []
