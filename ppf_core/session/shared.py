"""Shared session: a Spark Connect session through which several processes exchange views."""

from __future__ import annotations

import atexit
import json
import logging
import threading
import uuid
from typing import TYPE_CHECKING, Any

from .errors import SessionError
from .outage import retry_policy

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SharedSession", "close_client_at_exit", "release_session"]

logger = logging.getLogger(__name__)

_NAMESPACE = uuid.UUID("5f0c1f4e-6d0a-5d0b-9a53-6f2f4f0f7f11")
_USER = "ppf"
"""User of the session if the address names no user: unlike `$USER`, the same on all machines."""
_MOST_GENERATIONS = 200
_TOUCH_SECONDS = 60.0
_CLOSED = "INVALID_HANDLE.SESSION_CLOSED"


class SharedSession:
    """A session for all processes that use the same name; each works in a clone of it.

    So no process sees unfinished views or changed settings of another process. Views for others are published: defined
    in the shared session under a unique name, so that all later clones have them.

    The session id is derived from the name, so that processes need not exchange it. A server does not open a closed
    session again: once the session is closed (by `end`, or by the server after a long idle time), all processes use the
    next id of the same name. While the session is in use, a request each minute keeps it from becoming idle.

    Args:
        name: The unique name, such as a DAG, a run and a pipeline.
        touch_seconds: The interval of the requests.
    """

    def __init__(self, name: Sequence[str], *, touch_seconds: float = _TOUCH_SECONDS) -> None:
        self.name = tuple(name)
        self._touch_seconds = touch_seconds
        self._hub: Any = None
        self._address = ""
        self._stopped = threading.Event()

    def __repr__(self) -> str:
        return f"SharedSession({self.name!r})"

    def session_id(self, generation: int = 0) -> str:
        """Return the id of the session after it was closed `generation` times."""
        return str(uuid.uuid5(_NAMESPACE, json.dumps([*self.name, generation])))

    def clone(self, address: str, begun: list[Any]) -> Any:
        """Return a new session with all views published so far; the caller stops it.

        Args:
            address: The address of the server.
            begun: Receives each session once it exists, so that the caller can always release it.

        Raises:
            SessionError: PySpark or the server cannot clone sessions.
        """
        from pyspark.sql import SparkSession

        work_id = str(uuid.uuid4())
        builder: Any = SparkSession.builder
        # Created first, before the server knows it, to become the default session of the process.
        work = builder.remote(_with_identity(address, work_id)).create()
        begun.append(work)
        if not hasattr(work, "cloneSession"):
            raise SessionError(
                "a shared session needs PySpark 4.1 or newer; the installed PySpark cannot clone sessions"
            )
        hub = self._open(type(work), address, begun)
        try:
            copy = hub.cloneSession(work_id)
        except Exception as error:
            if "UNIMPLEMENTED" in str(error):
                raise SessionError(
                    "a shared session needs a server of Spark 4.1 or newer; this server cannot clone sessions"
                ) from error
            raise
        release_session(copy)  # a second client of the session of `work`
        self._stopped.clear()
        threading.Thread(target=self._touch, name="ppf-shared-session", daemon=True).start()
        return work

    def hub(self, work: Any) -> Any:
        """Return the shared session, in which `work`, a clone, publishes; open the next session if it was closed."""
        try:
            _ = self._hub.version
        except Exception as error:
            if _CLOSED not in str(error):
                raise
            logger.warning(
                "The shared session was closed meanwhile; continuing with the next session of the same name"
            )
            release_session(self._hub)
            self._open(type(work), self._address, [])
        return self._hub

    def release(self) -> None:
        """Stop using the session; it continues for other processes."""
        self._stopped.set()
        hub, self._hub = self._hub, None
        if hub is not None:
            release_session(hub)

    def end(self, address: str, begun: list[Any]) -> str:
        """Close the session at the server, for all processes, and return its id. Arguments and errors: see `clone`."""
        from pyspark.sql import SparkSession

        builder: Any = SparkSession.builder
        first = builder.remote(_with_identity(address, self.session_id())).create()
        begun.append(first)
        hub = self._open(type(first), address, begun)
        self._hub = None
        hub.client.release_session()
        return str(hub.session_id)

    def _open(self, kind: Any, address: str, begun: list[Any]) -> Any:
        """Return the first of its sessions that is not closed; create it if necessary."""
        self._address = address
        for generation in range(_MOST_GENERATIONS):
            hub = kind(connection=_with_identity(address, self.session_id(generation)))
            hub.release_session_on_close = False
            begun.append(hub)
            hub.client.set_retry_policies([retry_policy()])
            try:
                _ = hub.version
            except Exception as error:
                if _CLOSED not in str(error):
                    raise
                begun.remove(hub)
                release_session(hub)
                continue
            close_client_at_exit(hub)
            self._hub = hub
            return hub
        raise SessionError(
            f"the shared session {'/'.join(self.name)} was closed {_MOST_GENERATIONS} times and is not opened again; "
            "start a new run"
        )

    def _touch(self) -> None:
        while not self._stopped.wait(self._touch_seconds):
            try:
                _ = self._hub.version
            except Exception as error:  # noqa: BLE001 - the next use of the session fails as well
                logger.debug("Could not touch the shared session: %s", error)


def close_client_at_exit(session: Any) -> None:
    """Close a client when Python exits, unless it is closed: its own finalizer would then wait forever."""
    client = session.client

    def close() -> None:
        if not client.is_closed:
            client.close()

    atexit.register(close)


def release_session(session: Any) -> None:
    """Close a client without closing its session at the server."""
    session.release_session_on_close = False
    try:
        session.stop()
    except Exception as error:  # noqa: BLE001 - nothing else can be done
        logger.debug("Could not close the client: %s", error)


def _with_identity(address: str, session_id: str) -> str:
    """Add a session's id to an address, and a user that is the same on all machines."""
    start, *parameters = address.split(";")
    kept = [parameter for parameter in parameters if parameter and not parameter.startswith("session_id=")]
    if not any(parameter.startswith("user_id=") for parameter in kept):
        kept.append(f"user_id={_USER}")
    start += "" if "/" in start.removeprefix("sc://") else "/"
    return ";".join([start, *kept, f"session_id={session_id}"])
