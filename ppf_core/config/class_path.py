"""Resolves class paths such as `my.module.Clean` to classes."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING

from .errors import ClassPathError
from .nearest import did_you_mean

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["resolve_class_path"]


def resolve_class_path(class_path: str) -> type:
    """Import the module of a dotted path and return its class; nested classes are resolved too.

    Raises:
        ClassPathError: there is no such module, the module fails on import (with the error as cause), it has no such
            name, or the name is not that of a class.
    """
    module_name, _, name = class_path.rpartition(".")
    known = getattr(sys.modules.get(module_name), name, None) if module_name else None
    # Called three times for each component of a run, where the import would take as long as all the rest.
    if isinstance(known, type):
        return known
    parts = class_path.split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        raise ClassPathError(
            class_path, f'expected a class path with dots such as my.module.MyClass, got "{class_path}"'
        )
    module = _import(class_path, parts[0], None)
    if module is None:
        raise ClassPathError(
            class_path,
            f'expected a module called {parts[0]}, got none for "{class_path}" '
            "(is it installed, or its directory in PYTHONPATH?)",
        )
    used = 1
    while used < len(parts) - 1:
        inner = _import(class_path, ".".join(parts[: used + 1]), module)
        if inner is None:
            break
        module, used = inner, used + 1
    return _class_in(class_path, module, parts[used:])


def _import(class_path: str, name: str, parent: ModuleType | None) -> ModuleType | None:
    """Return the module of that name, or None if there is none."""
    if parent is not None and not hasattr(parent, "__path__"):
        return None
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name == name:
            return None
        raise _fails(class_path, name, error) from error
    except (Exception, SystemExit) as error:
        raise _fails(class_path, name, error) from error


def _fails(class_path: str, module: str, error: BaseException) -> ClassPathError:
    return ClassPathError(
        class_path,
        f'expected "{class_path}" to be importable, but module {module} fails on import: '
        f"{type(error).__name__}: {error}",
    )


def _class_in(class_path: str, module: ModuleType, names: list[str]) -> type:
    value: object = module
    where = f"module {module.__name__}"
    for index, name in enumerate(names):
        if not hasattr(value, name):
            is_last = index == len(names) - 1
            known = _classes(value) if is_last else [*_classes(value), *_submodules(value)]
            expected = f"a class {name}" if is_last else f"{name}"
            raise ClassPathError(
                class_path,
                f'expected {expected} in {where}, got none for "{class_path}"{did_you_mean(name, known)}',
            )
        value = getattr(value, name)
        where = f"{where.split(' ')[0] if index else 'class'} {name}"
    if not isinstance(value, type):
        raise ClassPathError(
            class_path, f'expected "{class_path}" to be a class, got a {type(value).__name__}'
        )
    return value


def _classes(owner: object) -> list[str]:
    return (
        [name for name, value in vars(owner).items() if isinstance(value, type)]
        if hasattr(owner, "__dict__")
        else []
    )


def _submodules(package: object) -> list[str]:
    return [module.name for module in pkgutil.iter_modules(getattr(package, "__path__", []))]
