"""Answers that are made while they are sent, and only as long as somebody takes them."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Generator

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

_STALLED_SECONDS = 60.0
"""A client that takes nothing for so long is gone."""
_LONGEST_SECONDS = 3600.0


class Stream(StreamingResponse):
    """Sends what `chunks` yields; `close` is called in a thread at the end, however that comes about.

    When `chunks` raises, the answer is broken off: it lacks its last chunk, and clients report that.
    """

    def __init__(
        self, chunks: AsyncGenerator[bytes, None], media_type: str, headers: dict[str, str], close: Callable[[], None]
    ) -> None:
        super().__init__(chunks, headers=headers, media_type=media_type)
        self._chunks, self._close = chunks, close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See StreamingResponse, which leaves the iterator to the garbage collector."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._chunks.aclose()
                await run_in_threadpool(self._close)

    async def stream_response(self, send: Send) -> None:
        """See StreamingResponse, which waits for ever for a client that does not read."""

        async def in_time(message: Message) -> None:
            with anyio.fail_after(_STALLED_SECONDS):
                await send(message)

        await super().stream_response(in_time)


def generated(chunks: Generator[bytes, None, None], media_type: str, headers: dict[str, str]) -> Stream:
    """From a generator that works in threads; it is closed when the client has all, is gone, or takes too long."""
    return Stream(_in_threads(chunks), media_type, headers, chunks.close)


async def _in_threads(chunks: Generator[bytes, None, None]) -> AsyncGenerator[bytes, None]:
    ends = time.monotonic() + _LONGEST_SECONDS
    while (chunk := await run_in_threadpool(next, chunks, None)) is not None:
        yield chunk
        if time.monotonic() > ends:
            raise TimeoutError("A client takes too long over an answer")
