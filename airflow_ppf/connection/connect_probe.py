"""Probe of a Spark Connect server: asks for its version once, with the connection's token."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import grpc

__all__ = ["probe"]

_LONGEST_DETAILS = 200


def probe(address: str, seconds: float) -> tuple[bool, str]:
    """Return whether the server at `address` (`sc://...`, with its token) answers within `seconds`, and a message.

    The request uses the same token and TLS as a session, but is sent only once: PySpark's client would retry for
    longer than users wait after pressing Test. No session is left on the server.

    Raises:
        ValueError: `address` is not a Connect address.
    """
    try:
        import grpc
        from pyspark.errors import PySparkException
        from pyspark.sql.connect.client import DefaultChannelBuilder
    except ImportError as error:
        return (
            True,
            f"access was not tested: {error}; pip install 'airflow-provider-ppf[connect]'",
        )
    try:
        builder = DefaultChannelBuilder(address)
    except PySparkException as error:
        raise ValueError(str(error)) from None
    with builder.toChannel() as channel:
        try:
            return True, f"Spark {_version(channel, builder, seconds)} answers"
        except grpc.RpcError as error:
            return False, _failure_message(error, builder)


def _version(channel: grpc.Channel, builder: Any, seconds: float) -> str:
    import grpc
    from pyspark.sql.connect import proto

    stub: Any = proto.SparkConnectServiceStub(channel)  # type: ignore[no-untyped-call]  # generated code
    identity = {
        "session_id": builder.session_id or str(uuid.uuid4()),
        "user_context": proto.UserContext(user_id=builder.userId or ""),
        "client_type": builder.userAgent,
    }
    request = proto.AnalyzePlanRequest(spark_version=proto.AnalyzePlanRequest.SparkVersion(), **identity)
    options = {"metadata": builder.metadata(), "timeout": seconds}
    response = stub.AnalyzePlan(request, **options)
    if builder.session_id is None:
        with contextlib.suppress(grpc.RpcError):  # the server ends an idle session after an hour
            stub.ReleaseSession(proto.ReleaseSessionRequest(**identity), **options)
    return str(response.spark_version.version)


def _failure_message(error: Any, builder: Any) -> str:
    import grpc

    code, details = error.code(), str(error.details())[:_LONGEST_DETAILS]
    if code in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED):
        if builder.token is None:
            return f"it requires a token, and the connection has none (field password): {details}"
        return f"it refuses the connection's token (field password): {details}"
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return f"it is not a Spark Connect server: {details}"
    if builder.secure:
        return (
            "it does not answer over TLS, which Spark uses with use_ssl=true or a token unless the host is called "
            f"localhost: {code.name}: {details}"
        )
    return f"it does not answer as a Spark Connect server without TLS: {code.name}: {details}"
