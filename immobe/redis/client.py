"""The one way to connect to Redis (7 or newer) or Valkey."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def make_redis(url: str, *, socket_timeout: float = 2.0, client_name: str = "immobe") -> Redis:
    """A client whose answers are bytes. It connects at the first command; `url` is redis://, rediss:// or unix://.

    A command is never repeated by the client: a time-out does not tell whether the server has executed it, and a second
    claim would lose the first one's requests. `socket_timeout` (seconds) bounds every command; connecting, 2 s at most.
    """
    return Redis.from_url(
        url,
        decode_responses=False,
        protocol=2,  # no handshake beyond AUTH; answers have the same shapes on every server
        socket_timeout=socket_timeout,
        socket_connect_timeout=min(socket_timeout, 2.0),
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        retry_on_error=[],
        health_check_interval=0,  # a PING before a command would be a round trip more
        client_name=client_name,
    )
