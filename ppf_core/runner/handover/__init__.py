"""Hand-overs: views of components, written as Parquet, for later components, tasks and tries."""

from __future__ import annotations

from .errors import HandOverDamagedError
from .files import Files, HadoopFiles, LocalFiles
from .fingerprint import component_fingerprint
from .handover import HandOver, remove_handover
from .manifest import Manifest, ViewFiles
from .names import directory_name
from .published import PublishedViews
from .run import RunHandOver

__all__ = [
    "Files",
    "HadoopFiles",
    "HandOver",
    "HandOverDamagedError",
    "LocalFiles",
    "Manifest",
    "PublishedViews",
    "RunHandOver",
    "ViewFiles",
    "component_fingerprint",
    "directory_name",
    "remove_handover",
]
