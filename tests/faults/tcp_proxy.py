"""A TCP proxy on 127.0.0.1 that breaks connections on purpose. Threads only; one proxy, one target."""

from __future__ import annotations

import contextlib
import enum
import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self


class Mode(enum.Enum):
    """What the proxy does with bytes from now on, in old and new connections."""

    PASS = "pass"
    DROP = "drop"
    """Takes bytes of both sides and forgets them: a partition."""
    DROP_REPLIES = "drop_replies"
    """Requests arrive, answers do not: one half of a partition."""
    RESET = "reset"
    """Ends every connection by RST as soon as something is sent over it."""
    LATENCY = "latency"
    """Holds back every chunk for `latency` seconds, one way each."""
    SLICE = "slice"
    """One byte a packet."""


class TcpProxy:
    """Forwards to `target_port` on 127.0.0.1. Set `mode` at any time."""

    def __init__(self, target_port: int, *, latency: float = 0.1) -> None:
        self.mode = Mode.PASS
        self.latency = latency
        self.connections = 0
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def cut(self) -> None:
        """Ends all connections by RST now."""
        with self._lock:
            sockets = list(self._sockets)
        for one in sockets:
            _reset(one)

    def close(self) -> None:
        """Ends everything; waits for the threads."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(("127.0.0.1", self._target_port), 5)
            except OSError:
                _reset(client)
                client.close()
                continue
            for one in (client, server):
                one.settimeout(None)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._sockets |= {client, server}
            closer = _Closer(client, server)
            for source, sink, is_reply in ((client, server, False), (server, client, True)):
                thread = threading.Thread(target=self._pump, args=(source, sink, is_reply, closer), daemon=True)
                thread.start()
                self._threads.append(thread)

    def _pump(self, source: socket.socket, sink: socket.socket, is_reply: bool, closer: _Closer) -> None:
        try:
            while text := source.recv(65536):
                self._forward(text, source, sink, is_reply)
        except OSError:
            pass
        finally:
            for one in (source, sink):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            with self._lock:
                self._sockets -= {source, sink}
            closer.one_is_done()

    def _forward(self, text: bytes, source: socket.socket, sink: socket.socket, is_reply: bool) -> None:
        mode = self.mode
        if mode is Mode.DROP or (mode is Mode.DROP_REPLIES and is_reply):
            return
        if mode is Mode.RESET:
            _reset(source)
            _reset(sink)
            return
        if mode is Mode.LATENCY:
            time.sleep(self.latency)
        if mode is Mode.SLICE:
            for position in range(len(text)):
                sink.sendall(text[position : position + 1])
            return
        sink.sendall(text)


class _Closer:
    """Closes a pair of sockets once neither pump uses them: a closed descriptor's number may be somebody else's."""

    def __init__(self, *pair: socket.socket) -> None:
        self._pair, self._left, self._lock = pair, 2, threading.Lock()

    def one_is_done(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left:
                return
        for one in self._pair:
            one.close()


def _reset(one: socket.socket) -> None:
    """Makes the end of this connection an RST, and ends it."""
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RDWR)
