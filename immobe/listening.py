"""Where our HTTP servers listen."""

from __future__ import annotations

import socket

from immobe.errors import ServiceError


def listen(host: str, port: int, *, what: str) -> socket.socket:
    """A listening socket; port 0 is a free one. Raises ServiceError, which names `what` cannot listen.

    Answers leave at once. asyncio sees to that only for sockets that name their protocol, which those that Python
    makes and accepts do not: a body that follows its head would wait 40 ms for the client to acknowledge the head.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ServiceError(f"{what} cannot listen on {host}:{port}: {error.strerror}. Try --port 0.") from None
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # those that it accepts inherit it
    return listener


def url_of(listener: socket.socket, host: str) -> str:
    """Its address, as a browser takes it."""
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
