"""Third-party imports of the two packages: each has its distribution in pyproject.toml."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
OURS = ("airflow_ppf", "ppf_core")
NOT_SHIPPED = ("dev", "docs", "examples")
"""Extras whose packages the two packages may not rely on."""


def imports(node: ast.AST) -> Iterator[str]:
    """Yield the names that are imported at run time, in functions as well."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        for other in node.orelse:
            yield from imports(other)
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
    for child in ast.iter_child_nodes(node):
        yield from imports(child)


def third_party_imports() -> dict[str, str]:
    """Return each import that is neither ours nor the standard library's, with a file that has it."""
    files = [file for package in OURS for file in sorted((CHECKOUT / package).rglob("*.py"))]
    return {
        name: str(file.relative_to(CHECKOUT))
        for file in files
        for name in imports(ast.parse(file.read_text()))
        if name.partition(".")[0] not in {*sys.stdlib_module_names, *OURS}
    }


def normalised(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def distributions_of(name: str) -> set[str]:
    """Return the distributions that provide an import; any one of them is enough."""
    if name.startswith("airflow.providers."):
        parts = name.split(".")[2:]
        return {f"apache-airflow-providers-{'-'.join(parts[: 2 if parts[0] == 'apache' else 1])}"}
    if name.startswith("airflow."):
        return {"apache-airflow"}  # which pins all other parts of Airflow
    return {normalised(provider) for provider in packages_distributions().get(name.partition(".")[0], ())}


def declared() -> set[str]:
    """Return the distributions that a user gets with the package, or with one of its extras."""
    lines = [line.partition(";") for line in requires("airflow-provider-ppf") or ()]
    shipped = [
        requirement
        for requirement, _, condition in lines
        if not any(re.search(rf"extra == ['\"]{extra}['\"]", condition) for extra in NOT_SHIPPED)
    ]
    return {normalised(re.split(r"[^\w.-]", requirement.strip())[0]) for requirement in shipped}


def test_the_distribution_of_each_third_party_import_is_declared() -> None:
    undeclared = {
        name: file for name, file in third_party_imports().items() if not distributions_of(name) & declared()
    }
    assert undeclared == {}


@pytest.mark.parametrize("name", ["airflow.sdk", "grpc", "pydantic", "pyspark.sql", "upath"])
def test_imports_are_found_at_the_top_of_a_module_and_in_functions(name: str) -> None:
    assert name in third_party_imports()


def test_an_import_for_type_checkers_needs_no_distribution() -> None:
    tree = ast.parse("if TYPE_CHECKING:\n    import a\nelse:\n    import b\ndef f():\n    from c.d import e")
    assert list(imports(tree)) == ["b", "c.d"]
