"""Each module's `__all__` is what it has to offer, sorted; each public thing says what it is."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

import airflow_ppf
import ppf_core

AIRFLOW = pytest.mark.airflow


def modules(package: ModuleType) -> list[str]:
    modules = [
        walk_package.name for walk_package in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    ]
    return sorted([package.__name__, *(name for name in modules if not name.endswith("__main__"))])


MODULES = [
    *modules(ppf_core),
    *(pytest.param(name, marks=AIRFLOW) for name in modules(airflow_ppf)),
]
NAMES_OF_PPF_CORE = modules(ppf_core)
PACKAGES = [name for name in NAMES_OF_PPF_CORE if hasattr(importlib.import_module(name), "__path__")]


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return importlib.import_module(request.param)


def defined_in(module: ModuleType) -> set[str]:
    """Return the public classes and functions that the file defines."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")}


def exported(module: ModuleType) -> list[str]:
    return list(getattr(module, "__all__", []))


def test_all_is_sorted_as_ruff_sorts_and_without_doubles(module: ModuleType) -> None:
    def order(name: str) -> tuple[int, str]:
        return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)

    names = exported(module)
    assert names == sorted(set(names), key=order)


def test_all_names_things_that_exist(module: ModuleType) -> None:
    assert [name for name in exported(module) if not hasattr(module, name)] == []


def test_all_is_complete(module: ModuleType) -> None:
    def registered(name: str) -> bool:  # a decorator has passed it on, as the command line's do
        return (
            name in defined_in(module) and hasattr(module, "app") and inspect.isfunction(vars(module)[name])
        )

    missing = defined_in(module) - set(exported(module))
    assert sorted(name for name in missing if not registered(name)) == []


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_exports_what_it_imports(name: str) -> None:
    module = importlib.import_module(name)
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    assert sorted(imported - set(exported(module))) == []


def test_every_public_thing_has_a_docstring(module: ModuleType) -> None:
    assert module.__doc__
    for name in defined_in(module):
        thing = getattr(module, name)
        assert thing.__doc__, name
        for method_name, method in vars(thing).items() if inspect.isclass(thing) else ():
            if not method_name.startswith("_") and (
                inspect.isfunction(method) or isinstance(method, property)
            ):
                assert method.__doc__, f"{name}.{method_name}"


@pytest.mark.parametrize("name", NAMES_OF_PPF_CORE)
def test_no_file_is_named_after_nothing(name: str) -> None:
    assert not set(name.split(".")) & {"utils", "util", "helpers", "common", "misc"}
