"""Pipelines share settings by `include`, from local files and from nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ppf_core.config import ConfigError, PipelineConfig, load_from_file, read_hocon
from ppf_core.config.hocon import read_document

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.conf"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder / "main.conf"


def test_an_included_file_is_looked_for_beside_the_including_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    main = write(
        tmp_path,
        main='include "shared/base.conf"\nb = 2',
        shared__base='include "more.conf"\na = 1\nb = 1',
        shared__more="{ c = 3, a = 0 }",
    )
    assert read_hocon(main) == {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize(
    "form", ['"x.conf"', 'file("x.conf")', 'required("x.conf")', 'required(file("x.conf"))']
)
def test_all_local_forms_work_also_inside_a_block(tmp_path: Path, form: str) -> None:
    main = write(tmp_path, main=f"k {{ include {form}, b = 2 }}", x="a = 1")
    assert read_hocon(main) == {"k": {"a": 1, "b": 2}}


def test_an_included_setting_can_be_referred_to(tmp_path: Path) -> None:
    main = write(tmp_path, main='include "x.conf"\nb = ${a.n}', x="a { n = 7 }")
    assert read_hocon(main)["b"] == 7


@pytest.mark.parametrize(
    "form",
    [
        'url("http://127.0.0.1:9/x.conf")',
        'required(url("http://127.0.0.1:9/x.conf"))',
        'package("json:x.conf")',
        'classpath("x.conf")',
        '"http://127.0.0.1:9/x.conf"',
        '"https://127.0.0.1:9/x.conf"',
        '"file:///etc/hostname"',
    ],
)
def test_what_is_not_a_local_file_is_refused_also_inside_an_included_file(tmp_path: Path, form: str) -> None:
    main = write(tmp_path, main='a = 1\ninclude "x.conf"', x=f"\n\ninclude {form}")
    with pytest.raises(ConfigError, match=r"x\.conf:3: expected include of a local file, got"):
        read_hocon(main)


def test_the_word_include_in_a_text_or_a_longer_key_means_nothing() -> None:
    text = 'a = "include url(\\"http://x\\")"\nincluded = 1\nb.include = 2\nc = include this\ninclude = 4'
    assert read_document(text).tree == {
        "a": 'include url("http://x")',
        "included": 1,
        "b": {"include": 2},
        "c": "include this",
        "include": 4,
    }


def test_a_missing_include_says_who_wanted_it_and_where_it_looked(tmp_path: Path) -> None:
    main = write(tmp_path, main='\ninclude "defalts.conf"', defaults="")
    with pytest.raises(ConfigError) as caught:
        read_hocon(main)
    message = str(caught.value)
    assert message.startswith(f'{main}:2: expected the included file "defalts.conf", got none')
    assert f"looked for {tmp_path / 'defalts.conf'}" in message
    assert 'did you mean "defaults.conf"?' in message


def test_files_that_include_each_other_are_a_circle(tmp_path: Path) -> None:
    main = write(tmp_path, main='include "a.conf"', a='include "b.conf"', b='include "a.conf"')
    with pytest.raises(
        ConfigError, match=r"b\.conf:1: expected includes without a cycle.*a\.conf -> b\.conf -> a"
    ):
        read_hocon(main)


def test_a_pattern_is_not_a_file_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected include of one file"):
        read_hocon(write(tmp_path, main='include "*.conf"'))


def test_including_a_small_file_very_often_is_bounded(tmp_path: Path) -> None:
    files = {f"f{i}": f'include "f{i + 1}.conf"\n' * 12 for i in range(8)}
    main = write(tmp_path, main='include "f0.conf"', f8="x = " + "y" * 3000, **files)
    with pytest.raises(ConfigError, match="expected at most 2097152 bytes, included files counted in"):
        read_hocon(main)


def test_a_wrong_setting_is_reported_in_the_file_that_has_it(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        main='include "defaults.conf"\nname = x, version = 1\ncomponents = []',
        defaults="\nexecution {\n  fail_fast = perhaps\n}",
    )
    with pytest.raises(ConfigError) as caught:
        load_from_file(main, PipelineConfig)
    assert str(caught.value) == (
        f'{tmp_path / "defaults.conf"}:3: execution.fail_fast: expected true or false, got "perhaps"'
    )
