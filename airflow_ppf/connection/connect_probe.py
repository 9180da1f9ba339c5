"""Asks a Spark Connect server for its version, once, to learn whether it lets us in."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import grpc

__all__ = ["probe"]

_LONGEST_DETAILS = 200


def probe(address: str, seconds: float) -> tuple[bool, str]:
    """Whether the server at `address` (`sc://...`, with its token) answers within `seconds`, and what it said.

    It goes the way of a session, with the same token and TLS, but tries once: PySpark's own client would try again for
    longer than anybody waits who has pressed a button. Nothing stays behind in the server.

    Raises:
        ValueError: `address` is none.
    """
    try:
        import grpc
        from pyspark.errors import PySparkException
        from pyspark.sql.connect.client import DefaultChannelBuilder
    except ImportError as error:
        return (
            True,
            f"whether it lets us in was not tried: {error}; pip install 'airflow-provider-ppf[connect]'",
        )
    try:
        builder = DefaultChannelBuilder(address)
    except PySparkException as error:
        raise ValueError(str(error)) from None
    with builder.toChannel() as channel:
        try:
            return True, f"Spark {_version(channel, builder, seconds)} answers"
        except grpc.RpcError as error:
            return False, _why(error, builder)


def _version(channel: grpc.Channel, builder: Any, seconds: float) -> str:
    import grpc
    from pyspark.sql.connect import proto

    stub: Any = proto.SparkConnectServiceStub(channel)  # type: ignore[no-untyped-call]  # generated code
    who = {
        "session_id": builder.session_id or str(uuid.uuid4()),
        "user_context": proto.UserContext(user_id=builder.userId or ""),
        "client_type": builder.userAgent,
    }
    question = proto.AnalyzePlanRequest(spark_version=proto.AnalyzePlanRequest.SparkVersion(), **who)
    more = {"metadata": builder.metadata(), "timeout": seconds}
    answer = stub.AnalyzePlan(question, **more)
    if builder.session_id is None:
        with contextlib.suppress(grpc.RpcError):  # it ends by itself, an hour later
            stub.ReleaseSession(proto.ReleaseSessionRequest(**who), **more)
    return str(answer.spark_version.version)


def _why(error: Any, builder: Any) -> str:
    import grpc

    code, details = error.code(), str(error.details())[:_LONGEST_DETAILS]
    if code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED):
        if builder.token is None:
            return f"it wants a token, and the connection has none (field password): {details}"
        return f"it refuses the connection's token (field password): {details}"
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return f"it is no Spark Connect server: {details}"
    if builder.secure:
        return (
            f"it does not answer over TLS, which Spark uses where there is use_ssl=true or a token, if the host is not "
            f"localhost by name: {code.name}: {details}"
        )
    return f"it does not answer as a Spark Connect server without TLS would: {code.name}: {details}"
