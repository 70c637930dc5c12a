"""A mail server and a webhook on this machine, which keep what they get, and may be told to fail."""

from __future__ import annotations

import email
import email.policy
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass(frozen=True)
class Received:
    """`key` is what a receiver knows a double by; `mail` is None for a webhook."""

    key: str
    text: str
    subject: str
    mail: EmailMessage | None = None
    path: str = ""


@dataclass
class Receiver:
    """`url` is the channel's. `refuse` answers what to refuse with, None to accept; `after` hears of each accepted."""

    url: str = ""
    got: list[Received] = field(default_factory=list)
    refuse: Callable[[], Any] = lambda: None
    before_answer: Callable[[], None] = lambda: None

    @property
    def by_key(self) -> dict[str, Received]:
        """What is left when doubles are dropped; the same key must always have come with the same text."""
        kept: dict[str, Received] = {}
        for one in self.got:
            assert kept.setdefault(one.key, one).text == one.text
        return kept


class FreePort(Controller):
    """On a port that the system chooses."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server() -> Iterator[Receiver]:
    """SMTP without TLS; `refuse` answers a whole reply, as `451 later`."""
    receiver = Receiver()

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
            refusal = receiver.refuse()
            if refusal is not None:
                return str(refusal)
            mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
            body = mail.get_body(("plain",))
            assert body is not None
            got = Received(str(mail["Message-ID"]), body.get_content(), str(mail["Subject"]), mail)
            receiver.got.append(got)
            receiver.before_answer()
            return "250 accepted"

    controller = FreePort(Handler(), hostname="127.0.0.1", port=0)
    controller.start()
    try:
        receiver.url = f"mailto://127.0.0.1:{controller.port}?from=immobe@example.org&to=ada@example.be"
        yield receiver
    finally:
        controller.stop()


@contextmanager
def webhook() -> Iterator[Receiver]:
    """HTTP; `refuse` answers a status."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = receiver.refuse()
            if status is None:
                got = Received(self.headers["Idempotency-Key"], sent["message"], sent["title"], path=self.path)
                receiver.got.append(got)
                receiver.before_answer()
            self.send_response(status or 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Not into the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        receiver.url = f"json://127.0.0.1:{server.server_port}/a-secret-path"
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
