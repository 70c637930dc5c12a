"""No request body is larger than WATCHTOWER_MAX_BODY_BYTES: there are no uploads."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from immobe.watchtower.problems import problem


class _TooLarge(Exception):  # noqa: N818 - reads as what happened
    """The body, which told no length, goes on beyond the limit."""


class BodyLimit:
    """Answers 413 instead of reading on."""

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app, self._most = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._most:
            await self._refusal(request)(scope, receive, send)
            return
        started, read = False, 0

        async def counted_receive() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise _TooLarge
            return message

        async def noted_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted_receive, noted_send)
        except _TooLarge:
            if not started:
                await self._refusal(request)(scope, receive, send)

    def _refusal(self, request: Request) -> Response:
        return problem(request, 413, "Too large", f"A request has {self._most} bytes at most.")
