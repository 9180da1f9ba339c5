from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ppf_core.config import ConfigError
from ppf_core.session.python_code import PythonCode


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module, a package and a wheel in an empty working directory that is on Python's path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    Path("lone_module.py").write_text("VALUE = 'a module'\n")
    package = Path("whole_package/inner")
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("from .inner.deep import VALUE\n")
    (package / "__init__.py").write_text("")
    (package / "deep.py").write_text("VALUE = 'a package'\n")
    (package / "data.txt").write_text("data")
    (package.parent / "__pycache__").mkdir()
    (package.parent / "__pycache__" / "old.pyc").write_text("")
    for tag in ("py3-none-any", "cp311-cp311-linux_x86_64"):
        with zipfile.ZipFile(f"in_a_wheel-1.0-{tag}.whl", "w") as wheel:
            wheel.writestr("in_a_wheel.py", "VALUE = 'a wheel'\n")


def value_of(module: str, *, packed: str) -> str:
    """Return the module's VALUE in a Python that has nothing but the packed file."""
    code = f"import {module}; print({module}.VALUE)"
    env = {**os.environ, "PYTHONPATH": packed}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd="/", capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("entry", "module", "value"),
    [
        ("lone_module", "lone_module", "a module"),
        ("lone_module.py", "lone_module", "a module"),
        ("whole_package", "whole_package", "a package"),
        ("./whole_package/", "whole_package", "a package"),
        ("in_a_wheel-1.0-py3-none-any.whl", "in_a_wheel", "a wheel"),
    ],
)
def test_what_is_packed_can_be_imported_from_the_file_alone(entry: str, module: str, value: str) -> None:
    code = PythonCode([entry])
    (packed,) = code.packed()
    assert packed.endswith(".zip")
    assert value_of(module, packed=packed) == value
    code.remove()


def test_data_files_are_included_and_compiled_leftovers_are_not() -> None:
    (packed,) = PythonCode(["whole_package"]).packed()
    assert sorted(zipfile.ZipFile(packed).namelist()) == [
        "whole_package/__init__.py",
        "whole_package/inner/__init__.py",
        "whole_package/inner/data.txt",
        "whole_package/inner/deep.py",
    ]


def test_the_same_code_has_the_same_name_and_other_code_another() -> None:
    def name() -> str:
        return Path(PythonCode(["lone_module"]).packed()[0]).name

    before = name()
    os.utime("lone_module.py", (1, 1))
    assert name() == before
    Path("lone_module.py").write_text("VALUE = 'another'\n")
    assert name() != before


def test_what_was_packed_is_removed_again() -> None:
    code = PythonCode(["lone_module"])
    (packed,) = code.packed()
    code.remove()
    assert not Path(packed).parent.exists()


def test_an_address_is_for_spark_to_read_but_not_over_connect() -> None:
    code = PythonCode(["hdfs://host/code.zip"])
    assert code.packed() == ["hdfs://host/code.zip"]
    with pytest.raises(ConfigError, match="only files on this machine"):
        code.packed(addresses=False)


def test_all_that_cannot_be_sent_is_reported_at_once() -> None:
    Path("text.txt").write_text("text")
    Path("empty").mkdir()
    Path("broken.zip").write_text("no zip")
    entries = [
        "lone_module",
        "no_such_module",
        "sys",
        "gone.py",
        "text.txt",
        "./empty",
        "broken.zip",
        "in_a_wheel-1.0-cp311-cp311-linux_x86_64.whl",
        "s3a://bucket/a.whl",
    ]
    with pytest.raises(ConfigError) as caught:
        PythonCode(entries).packed()
    assert [problem.path for problem in caught.value.problems] == [
        f"spark.py_files[{index}]" for index in range(1, len(entries))
    ]
