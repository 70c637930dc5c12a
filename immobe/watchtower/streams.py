"""Answers that are made while they are sent: by a generator, in threads, and only as long as somebody takes them."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Message, Send

_STALLED_SECONDS = 60.0
"""A client that takes nothing for so long is gone."""
_LONGEST_SECONDS = 3600.0


class GeneratedStream(StreamingResponse):
    """Sends what `chunks` yields. It is closed when the client has all, is gone, or takes too long.

    When it raises, the answer is broken off: chunked, it lacks its end, and clients report that.
    """

    def __init__(self, chunks: Generator[bytes, None, None], media_type: str, headers: dict[str, str]) -> None:
        super().__init__(_in_threads(chunks), headers=headers, media_type=media_type)

    async def stream_response(self, send: Send) -> None:
        """See StreamingResponse, which leaves the iterator to the garbage collector."""

        async def in_time(message: Message) -> None:
            with anyio.fail_after(_STALLED_SECONDS):
                await send(message)

        assert isinstance(self.body_iterator, AsyncGenerator)  # noqa: S101 - as made above
        async with aclosing(self.body_iterator):
            await super().stream_response(in_time)


async def _in_threads(chunks: Generator[bytes, None, None]) -> AsyncGenerator[bytes, None]:
    ends = time.monotonic() + _LONGEST_SECONDS
    try:
        while (chunk := await run_in_threadpool(next, chunks, None)) is not None:
            yield chunk
            if time.monotonic() > ends:
                raise TimeoutError("A client takes too long over an answer")
    finally:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(chunks.close)
