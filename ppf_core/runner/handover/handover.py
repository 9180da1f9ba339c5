"""What the components of one try hand on to those behind them, and to later tries."""

from __future__ import annotations

import hashlib
import logging
import re
import uuid
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from ppf_core.component import ComponentError, DataCount, DataKind, RowCounter
from ppf_core.config import ConfigError, Problem
from ppf_core.runner.completed import HandOverRecord
from ppf_core.runner.views.temp_views import quoted

from .errors import HandOverDamagedError
from .files import HadoopFiles, LocalFiles
from .fingerprint import component_fingerprint
from .manifest import Manifest, ViewFiles
from .names import directory_name, is_directory_name
from .sharing import check_sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from contextlib import AbstractContextManager

    from pyspark.sql import DataFrame

    from ppf_core.config import ComponentConfig, PipelineConfig
    from ppf_core.session import SparkSessionWrapper

    from .files import Files

    Redefining = Callable[[Collection[str]], AbstractContextManager[Collection[str]]]
    """Is told which views are about to be defined anew, and gives those that may be."""

__all__ = ["HandOver", "remove_handover"]

logger = logging.getLogger(__name__)

_FOLDER = "handover"
_MANIFEST = "manifest.json"


class HandOver:
    """Writes the views of materialised components as Parquet and restores them.

    Each run has a directory of its own under `ROOT/handover`, each try one in it, each component one in that, with a
    directory for each view and, written last, a manifest. Nothing is ever written to a directory that something
    else was written to before, so that a view may be computed from its own former self.

    `counts` tells how much each component that was written or restored has handed on.

    Args:
        config: The pipeline.
        session: The session whose views they are.
        root: A local folder, or an address that Spark can write to.
        run: What tells the run from all others, the same in each of its tries.

    Raises:
        ConfigError: the root cannot be used with this session.
    """

    def __init__(
        self, config: PipelineConfig, session: SparkSessionWrapper, *, root: str, run: Sequence[str]
    ) -> None:
        self._config = config
        self._session = session
        self._run = tuple(run)
        self._root = root
        self._files = _files(root, directory_name(*self._run), session)
        self._try = f"try-{uuid.uuid4().hex[:12]}"
        self.counts: dict[str, tuple[DataCount, ...]] = {}

    @property
    def place(self) -> str:
        """Where the run's directory is."""
        return self._files.spark_path("")

    @property
    def needs_spark(self) -> bool:
        """Whether a hand-over can only be looked at with a Spark session."""
        return self._files.needs_spark

    def check_sharing(self) -> None:
        """Refuse to write where what is written would not be seen by everybody; starts the session.

        Raises:
            ConfigError: this process and Spark's executors do not share the place.
        """
        check_sharing(self._files, self._session, self._root, f"probe-{uuid.uuid4().hex[:12]}")

    def write(
        self, component: ComponentConfig, views: Collection[str], redefining: Redefining = nullcontext
    ) -> HandOverRecord | None:
        """Write the component's views, define each of them anew on what was written, and say where it is.

        A view that `redefining` holds back is not handed over: what was written of it is out of date. `None` where that
        is true of all.

        Raises:
            ComponentError: a view cannot be written as Parquet, or what was written is not to be seen from here.
        """
        directory = f"{self._try}/{directory_name(component.name)}-{uuid.uuid4().hex[:8]}"
        written = tuple(self._write_view(component, view, directory) for view in views)
        fingerprint = component_fingerprint(self._config, component.name)
        # Only now that all are written: one view may be computed from another.
        with redefining(views) as own:
            written = tuple(entry for entry in written if entry.view in own)
            self._count(component.name, written)
            if not written:
                return None
            content = Manifest(self._run, component.name, fingerprint, written).to_json()
            self._files.write(f"{directory}/{_MANIFEST}", content)
            for entry in written:
                self._define(entry, directory)
        return HandOverRecord(directory, hashlib.sha256(content).hexdigest())

    def verify(self, name: str, record: HandOverRecord, views: Iterable[str]) -> Manifest:
        """The manifest of the component `name`, once all that it lists is seen to be there and nothing else.

        Raises:
            HandOverDamagedError: something is missing, changed, or another run's.
        """
        try:
            manifest = self._manifest(name, record)
            _compare_views(manifest, views)
            for entry in manifest.views:
                self._compare_files(entry, record.directory)
        except (OSError, ValueError) as error:
            raise HandOverDamagedError(name, str(error)) from error
        return manifest

    def restore(
        self, name: str, record: HandOverRecord, views: Collection[str], redefining: Redefining = nullcontext
    ) -> None:
        """Define the views of the component `name` on what was written; errors as `verify`."""
        manifest = self.verify(name, record, views)
        with redefining(views):
            for entry in manifest.views:
                self._define(entry, record.directory)
        self._count(name, manifest.views)

    def remove(self) -> None:
        """Remove all that the run's tries have written. What cannot be removed is told in a warning."""
        self._remove([""])

    def remove_all_but(self, kept: Iterable[HandOverRecord]) -> None:
        """Remove what the run's tries have written, except for these hand-overs; a warning as for `remove`."""
        directories = {record.directory for record in kept if record.is_written}
        tries = {directory.partition("/")[0] for directory in directories}
        try:
            unused = [name for name in self._files.sizes("") if name not in tries]
            for name in tries:
                inside = [f"{name}/{component}" for component in self._files.sizes(name)]
                unused += [path for path in inside if path not in directories]
        except OSError as error:
            logger.warning("Could not look for old hand-overs in %s: %s", self.place, error)
            return
        self._remove(unused)

    def _count(self, component: str, views: Iterable[ViewFiles]) -> None:
        self.counts[component] = tuple(
            DataCount(entry.view, entry.rows, sum(entry.files.values()), DataKind.VIEW) for entry in views
        )

    def _remove(self, paths: list[str]) -> None:
        for path in paths:
            try:
                self._files.remove(path)
            except Exception as error:  # noqa: BLE001 - the run is over, and its outcome does not depend on this
                logger.warning("Could not remove the hand-over %s: %s", self._files.spark_path(path), error)

    def _manifest(self, name: str, record: HandOverRecord) -> Manifest:
        segments = record.directory.split("/")
        if len(segments) != 2 or not all(map(is_directory_name, segments)):
            raise ValueError(f"its checkpoint names {record.directory!r}, which is no place inside the run's")
        content = self._files.read(f"{record.directory}/{_MANIFEST}")
        if hashlib.sha256(content).hexdigest() != record.manifest_sha256:
            raise ValueError("its manifest is not the one that the checkpoint knows")
        manifest = Manifest.from_json(content)
        if (manifest.run, manifest.component) != (self._run, name):
            raise ValueError(
                f"its manifest is that of component {manifest.component!r} of run {manifest.run!r}"
            )
        if manifest.fingerprint != component_fingerprint(self._config, name):
            raise ValueError("settings of the component, or of one that it depends on, have changed since")
        return manifest

    def _compare_files(self, entry: ViewFiles, directory: str) -> None:
        found = self._files.sizes(f"{directory}/{entry.path}")
        if found == entry.files:
            return
        for name, size in entry.files.items():
            if name not in found:
                raise ValueError(f"file {name} of view {entry.view!r} is missing")
            if found[name] != size:
                raise ValueError(f"file {name} of view {entry.view!r} has {found[name]} bytes, not {size}")
        raise ValueError(
            f"view {entry.view!r} has files that were not written: {_listed(set(found) - set(entry.files))}"
        )

    def _write_view(self, component: ComponentConfig, view: str, directory: str) -> ViewFiles:
        frame = self._session.spark.table(quoted(view))
        self._refuse_columns(component, view, frame)
        path = directory_name(view)
        place = self._files.spark_path(f"{directory}/{path}")
        counter = RowCounter()
        counter.watch(frame).write.mode("error").parquet(place)
        try:
            files = self._files.sizes(f"{directory}/{path}")
        except OSError as error:
            files, reason = {}, f": {error}"
        else:
            reason = ""
        if not files:
            raise ComponentError(
                f"component {component.name!r}: view {view!r} was materialised to {place}, but nothing of it is seen "
                f"from here{reason}; checkpoint.root must be a place that this process and Spark's executors share"
            )
        return ViewFiles(view, path, frame.schema.jsonValue(), files, counter.rows)

    def _refuse_columns(self, component: ComponentConfig, view: str, frame: DataFrame) -> None:
        what = f"component {component.name!r}: view {view!r} cannot be materialised"
        if not frame.columns:
            raise ComponentError(f"{what}: it has no columns, and Parquet needs one")
        exact = self._session.spark.conf.get("spark.sql.caseSensitive") == "true"
        counts = Counter(column if exact else column.lower() for column in frame.columns)
        if twice := sorted(name for name, count in counts.items() if count > 1):
            raise ComponentError(
                f"{what}: expected column names that differ, got {_listed(twice)} more than once; "
                "rename columns, or switch materialize off for this component"
            )

    def _define(self, entry: ViewFiles, directory: str) -> None:
        from pyspark.sql.types import StructType

        # With the schema given Spark need not open a file to find it. The rest is about taking nothing but the
        # whole: the root is no glob, and no setting of the session may skip a file that cannot be read.
        reader = self._session.spark.read.schema(StructType.fromJson(entry.schema)).options(
            __globPaths__="false",
            ignoreCorruptFiles="false",
            ignoreMissingFiles="false",
            mergeSchema="false",
            recursiveFileLookup="false",
        )
        frame = reader.parquet(self._files.spark_path(f"{directory}/{entry.path}"))
        frame.createOrReplaceTempView(quoted(entry.view))


def remove_handover(root: str, run: Sequence[str]) -> None:
    """Remove all that a run has written under a root, where its checkpoint is deleted. Takes no Spark.

    Raises:
        OSError: it cannot be removed.
    """
    name = directory_name(*run)
    if (local := _local(root)) is not None:
        LocalFiles(local / _FOLDER / name).remove("")
        return
    from upath import UPath

    place = UPath(root) / _FOLDER / name
    if place.exists():
        place.fs.rm(place.path, recursive=True)


def _compare_views(manifest: Manifest, views: Iterable[str]) -> None:
    if (found := {entry.view for entry in manifest.views}) != set(views):
        raise ValueError(f"it holds {_listed(found)}, where {_listed(views)} were made")


def _files(root: str, run_directory: str, session: SparkSessionWrapper) -> Files:
    if (local := _local(root)) is not None:
        return LocalFiles(local / _FOLDER / run_directory)
    if session.is_connect_mode:
        message = (
            f"expected a folder that this process and the Spark Connect server share, got {root}; "
            "views cannot be materialised elsewhere over Spark Connect"
        )
        raise ConfigError([Problem("checkpoint.root", message)])
    return HadoopFiles(f"{root.rstrip('/')}/{_FOLDER}/{run_directory}", session)


def _local(root: str) -> Path | None:
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", root)
    if scheme is not None and scheme.group(1).lower() != "file":
        return None
    return Path(re.sub(r"^file:(//)?", "", root, flags=re.IGNORECASE)).expanduser()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
