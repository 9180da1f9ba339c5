from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ppf_core.config import CheckpointConfig
from ppf_core.runner import LocalCheckpointStore, ObjectStorageCheckpointStore, assemble
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


def test_a_root_elsewhere_is_an_object_store() -> None:
    config = replace(pipeline(step("a")), checkpoint=CheckpointConfig(root="memory://bucket/ppf"))
    store = assemble(config, run_id="r").store
    assert isinstance(store, ObjectStorageCheckpointStore)
    assert repr(store) == "ObjectStorageCheckpointStore('memory://bucket/ppf')"


def test_a_store_that_is_given_wins_over_the_root(tmp_path: Path) -> None:
    config = replace(pipeline(step("a")), checkpoint=CheckpointConfig(root="s3a://bucket/ppf"))
    given = LocalCheckpointStore(tmp_path)
    assert assemble(config, run_id="r", checkpoint_store=given).store is given
