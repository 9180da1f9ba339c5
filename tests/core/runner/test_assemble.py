from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ppf_core.config import CheckpointConfig, ConfigError
from ppf_core.runner import LocalCheckpointStore, assemble
from tests.steps import pipeline, step

if TYPE_CHECKING:
    from pathlib import Path


def test_with_a_run_id_checkpoints_are_kept_where_the_file_says(tmp_path: Path) -> None:
    config = replace(pipeline(step("a")), checkpoint=CheckpointConfig(root=str(tmp_path)))
    store = assemble(config, run_id="r").store
    assert isinstance(store, LocalCheckpointStore)
    assert store.base_dir == tmp_path


def test_without_a_run_id_there_is_no_checkpoint(tmp_path: Path) -> None:
    config = replace(pipeline(step("a")), checkpoint=CheckpointConfig(root=str(tmp_path)))
    assert assemble(config).store is None


def test_a_root_that_is_no_local_path_is_refused_rather_than_made_a_local_folder() -> None:
    config = replace(pipeline(step("a")), checkpoint=CheckpointConfig(root="s3a://bucket/ppf"))
    with pytest.raises(
        ConfigError, match=r'checkpoint.root: expected a local path .* got "s3a://bucket/ppf"'
    ):
        assemble(config, run_id="r")


def test_a_store_that_is_given_wins_over_the_root(tmp_path: Path) -> None:
    config = replace(pipeline(step("a")), checkpoint=CheckpointConfig(root="s3a://bucket/ppf"))
    given = LocalCheckpointStore(tmp_path)
    assert assemble(config, run_id="r", checkpoint_store=given).store is given
