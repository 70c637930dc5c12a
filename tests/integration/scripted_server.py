"""A local portal whose behaviour is a script: what each path answers, one answer a visit; and a log of what came."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHUNK_SECONDS = 0.05


@dataclass(frozen=True)
class Answer:
    """One answer. `raw` is written to the socket piece by piece instead, for ever when it does not end."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    raw: Callable[[], Iterator[bytes]] | None = None


@dataclass(frozen=True)
class Visit:
    """What came, and when by this server's monotonic clock."""

    at: float
    path: str
    headers: dict[str, str]


class ScriptedServer(ThreadingHTTPServer):
    """`script[path]` is a list of answers; the last one is given for ever. Other paths are ordinary pages."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: dict[str, list[Answer]] = {"/robots.txt": [Answer(404)]}
        self.visits: list[Visit] = []
        self.lock = threading.Lock()
        self.counts: dict[str, int] = defaultdict(int)
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def paths(self) -> list[str]:
        """Every path visited, in order."""
        return [visit.path for visit in self.visits]

    def handle_error(self, *_: object) -> None:
        """Nothing: clients hang up on purpose here."""

    def answer(self, path: str) -> Answer:
        with self.lock:
            number = self.counts[path]
            self.counts[path] += 1
        answers = self.script.get(path) or [page("An ordinary page. " * 20)]
        return answers[min(number, len(answers) - 1)]


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.visits.append(Visit(time.monotonic(), self.path, dict(self.headers)))
        answer = self.server.answer(self.path)
        if answer.delay:
            self.server.closing.wait(answer.delay)
        if answer.raw:
            self._write_raw(answer.raw())
            return
        self.send_response(answer.status)
        for name, value in {"Content-Type": "text/html", **answer.headers}.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _write_raw(self, pieces: Iterator[bytes]) -> None:
        self.close_connection = True
        try:
            for piece in pieces:
                self.wfile.write(piece)
                if self.server.closing.wait(CHUNK_SECONDS):
                    return
        except OSError:
            return  # the client had enough

    def log_message(self, *_: object) -> None:
        """Nothing: `visits` is the log."""


def page(text: str, **headers: str) -> Answer:
    """An ordinary page."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(body=f"<html><body><h1>Te koop</h1><p>{text}</p></body></html>".encode(), headers=named)


def endless_headers() -> Iterator[bytes]:
    """A slow-loris: one header line after the other, for ever."""
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-More: yes\r\n"


def endless_body() -> Iterator[bytes]:
    """Chunks without an end."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"5\r\nagain\r\n"


def big_body_without_length() -> Iterator[bytes]:
    """200 kB a piece, for ever."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
    while True:
        yield b"x" * 200_000


def cut_body() -> Iterator[bytes]:
    """Less than Content-Length promised."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\nhalf a page"


def cut_connection() -> Iterator[bytes]:
    """Nothing at all."""
    yield b""


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """The server, in a thread, for the length of the block."""
    server = ScriptedServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
