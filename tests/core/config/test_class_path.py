"""A class path leads to a class, or the error says which part of it is missing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ppf_core.config import ClassPathError, resolve_class_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = tmp_path / "ppf_class_paths"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "good.py").write_text("class Outer:\n    class Inner: ...\ndef function(): ...\nvalue = 3\n")
    (package / "broken.py").write_text("raise RuntimeError('no licence')\n")
    (package / "needy.py").write_text("import ppf_no_such_library\n")
    (package / "quitter.py").write_text("raise SystemExit(3)\n")
    monkeypatch.syspath_prepend(tmp_path)
    return package


def refusal(class_path: str) -> str:
    with pytest.raises(ClassPathError) as caught:
        resolve_class_path(class_path)
    assert caught.value.class_path == class_path
    return str(caught.value)


def test_a_class_is_found_in_a_package_and_inside_a_class(modules: Path) -> None:
    assert resolve_class_path("json.JSONDecoder") is json.JSONDecoder
    assert resolve_class_path("json.decoder.JSONDecoder") is json.JSONDecoder
    assert resolve_class_path("ppf_class_paths.good.Outer.Inner").__qualname__ == "Outer.Inner"


@pytest.mark.parametrize(
    ("class_path", "message"),
    [
        ("Clean", "expected a class path with dots such as my.module.MyClass, got"),
        ("", "expected a class path with dots"),
        ("my.module:Clean", "expected a class path with dots"),
        (".Clean", "expected a class path with dots"),
        ("ppf_no_such.module.Clean", "expected a module called ppf_no_such, got none"),
        ("json.decode.X", 'expected decode in module json, got none for "json.decode.X" (did you mean "decoder"?)'),
        ("json.JSONDecodr", 'expected a class JSONDecodr in module json, got none for "json.JSONDecodr" (did you mean'),
        ("json.dumps", 'expected "json.dumps" to be a class, got a function'),
        ("json.decoder", 'expected "json.decoder" to be a class, got a module'),
        ("ppf_class_paths.good.value", "to be a class, got a int"),
        ("ppf_class_paths.good.Outer.Iner", 'expected a class Iner in class Outer, got none'),
        ("ppf_class_paths.goood.Outer", 'expected goood in module ppf_class_paths, got none'),
        ("ppf_class_paths.broken.C", "module ppf_class_paths.broken fails on import: RuntimeError: no licence"),
        ("ppf_class_paths.needy.C", "fails on import: ModuleNotFoundError: No module named 'ppf_no_such_library'"),
        ("ppf_class_paths.quitter.C", "fails on import: SystemExit: 3"),
    ],
)  # fmt: skip
def test_the_missing_part_is_named(modules: Path, class_path: str, message: str) -> None:
    assert message in refusal(class_path)


def test_the_error_of_a_module_that_fails_is_kept_as_the_cause(modules: Path) -> None:
    with pytest.raises(ClassPathError) as caught:
        resolve_class_path("ppf_class_paths.broken.C")
    assert isinstance(caught.value.__cause__, RuntimeError)
