import socket
import threading
import time

import pytest
import redis.exceptions as errors

from immobe.redis import make_redis


def test_a_command_is_sent_once_whatever_happens() -> None:
    """A server that takes commands and never answers: the client must not send another."""
    server = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                while text := connection.recv(65536):
                    got.append(text)
                    if b"CLIENT" in text:
                        connection.sendall(b"+OK\r\n" * text.count(b"CLIENT"))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with make_redis(f"redis://127.0.0.1:{server.getsockname()[1]}/0", socket_timeout=0.3) as client:
        began = time.monotonic()
        with pytest.raises(errors.TimeoutError):
            client.zpopmin("queue")
        assert time.monotonic() - began < 2
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)
    assert b"".join(got).count(b"ZPOPMIN") == 1


def test_a_refused_port_fails_at_once() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with make_redis(f"redis://127.0.0.1:{port}/0") as client:
        began = time.monotonic()
        with pytest.raises(errors.ConnectionError):
            client.ping()
        assert time.monotonic() - began < 0.5
