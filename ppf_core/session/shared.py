"""A session at a Spark Connect server in which several processes leave views for each other."""

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

__all__ = ["SharedSession", "close_client_at_exit", "let_go_of"]

logger = logging.getLogger(__name__)

_NAMESPACE = uuid.UUID("5f0c1f4e-6d0a-5d0b-9a53-6f2f4f0f7f11")
_USER = "ppf"
"""Whose session it is where the address names nobody: the same on all machines, which `$USER` is not."""
_MOST_GENERATIONS = 200
_TOUCH_SECONDS = 60.0
_CLOSED = "INVALID_HANDLE.SESSION_CLOSED"


class SharedSession:
    """One session for all processes that give it the same name; they do not work in it, but each in a clone of it.

    So nobody meets views that another is still making, or settings that another has changed. What is to be handed on
    is published: put into the shared session under a name of its own, where all later clones have it.

    Its id comes from its name, hence nobody has to be told of it. A server opens no session twice: once it is closed
    (by `end`, or by the server when it was idle for long), whoever comes next goes on to the next id of the same
    name, and so does everybody after that. While it is in use it is touched each minute, so that it is not idle.

    Args:
        name: What tells it from all others, such as a DAG, a run, and a pipeline.
        touch_seconds: How often it is touched.
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
        """The id that it has at first, or after it was closed that many times."""
        return str(uuid.uuid5(_NAMESPACE, json.dumps([*self.name, generation])))

    def clone(self, address: str, begun: list[Any]) -> Any:
        """A new session that has all that was published so far, and is its owner's to stop.

        Args:
            address: Of the server.
            begun: Where each session goes as soon as there is one, so that the caller can let go of it in any case.

        Raises:
            SessionError: this PySpark, or the server, cannot clone sessions.
        """
        from pyspark.sql import SparkSession

        work_id = str(uuid.uuid4())
        builder: Any = SparkSession.builder
        # First of all, before the server knows it, so that this one is the process's default session.
        work = builder.remote(_with_identity(address, work_id)).create()
        begun.append(work)
        if not hasattr(work, "cloneSession"):
            raise SessionError(
                "a shared session needs PySpark 4.1 or newer; got one that cannot clone sessions"
            )
        hub = self._open(type(work), address, begun)
        try:
            copy = hub.cloneSession(work_id)
        except Exception as error:
            if "UNIMPLEMENTED" in str(error):
                raise SessionError(
                    "a shared session needs a server of Spark 4.1 or newer; this one cannot clone sessions"
                ) from error
            raise
        let_go_of(copy)  # a second client of the session that `work` is a client of
        self._stopped.clear()
        threading.Thread(target=self._touch, name="ppf-shared-session", daemon=True).start()
        return work

    def hub(self, work: Any) -> Any:
        """The shared session itself, to publish from `work`, a clone of it; the next one if it was closed meanwhile."""
        try:
            _ = self._hub.version
        except Exception as error:
            if _CLOSED not in str(error):
                raise
            logger.warning(
                "The shared session was closed meanwhile; going on with the next one of the same name"
            )
            let_go_of(self._hub)
            self._open(type(work), self._address, [])
        return self._hub

    def let_go(self) -> None:
        """Use it no more; it goes on for others."""
        self._stopped.set()
        hub, self._hub = self._hub, None
        if hub is not None:
            let_go_of(hub)

    def end(self, address: str, begun: list[Any]) -> str:
        """Close it at the server, for everybody; its id. Arguments and errors as for `clone`."""
        from pyspark.sql import SparkSession

        builder: Any = SparkSession.builder
        first = builder.remote(_with_identity(address, self.session_id())).create()
        begun.append(first)
        hub = self._open(type(first), address, begun)
        self._hub = None
        hub.client.release_session()
        return str(hub.session_id)

    def _open(self, kind: Any, address: str, begun: list[Any]) -> Any:
        """The first of its sessions that is not closed, made if there is none."""
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
                let_go_of(hub)
                continue
            close_client_at_exit(hub)
            self._hub = hub
            return hub
        raise SessionError(
            f"the shared session {'/'.join(self.name)} was closed {_MOST_GENERATIONS} times, and is not opened again; "
            "start a new run"
        )

    def _touch(self) -> None:
        while not self._stopped.wait(self._touch_seconds):
            try:
                _ = self._hub.version
            except Exception as error:  # noqa: BLE001 - whoever needs it will meet that as well
                logger.debug("Could not touch the shared session: %s", error)


def close_client_at_exit(session: Any) -> None:
    """Close a client when Python ends, if nobody has done so: its own finalizer would wait for ever by then."""
    client = session.client

    def close() -> None:
        if not client.is_closed:
            client.close()

    atexit.register(close)


def let_go_of(session: Any) -> None:
    """Close a client, and leave its session to the server."""
    session.release_session_on_close = False
    try:
        session.stop()
    except Exception as error:  # noqa: BLE001 - there is nothing more to be done about it
        logger.debug("Could not close the client: %s", error)


def _with_identity(address: str, session_id: str) -> str:
    """The address with a session's id, and with the same user on all machines."""
    start, *parameters = address.split(";")
    kept = [one for one in parameters if one and not one.startswith("session_id=")]
    if not any(one.startswith("user_id=") for one in kept):
        kept.append(f"user_id={_USER}")
    start += "" if "/" in start.removeprefix("sc://") else "/"
    return ";".join([start, *kept, f"session_id={session_id}"])
