"""Faulty answers that take their time, or break off. None outlives the client, or its own number of seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from immobe.replica.faults import Receive, Send
from immobe.replica.faults_answers import Answer, Case

DRIP_SECONDS = 0.1
_DRIP = b"<!-- more to come -->\n"
_BROKEN_OFF = "ASGI callable returned without completing response."


async def send_answer(answer: Answer, send: Send) -> None:
    """All of it, and the end."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.sent_headers()})
    for part in answer.parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _slow(case: Case, receive: Receive, send: Send) -> None:
    if await _stays(receive, case.seconds):
        await send_answer(case.good, send)


async def _silent(case: Case, receive: Receive, send: Send) -> None:
    """No word until the client has gone."""
    if await _stays(receive, case.seconds):
        await send_answer(Answer(504, (), ()), send)


async def _endless(case: Case, receive: Receive, send: Send) -> None:
    """The page in drops that never become a whole."""
    await send({"type": "http.response.start", "status": 200, "headers": list(case.good.headers)})
    for _ in range(round(case.seconds / DRIP_SECONDS)):
        await send({"type": "http.response.body", "body": _DRIP, "more_body": True})
        if not await _stays(receive, DRIP_SECONDS):
            return
    await send({"type": "http.response.body", "body": b""})


async def _data_loss(case: Case, receive: Receive, send: Send) -> None:
    """The length is that of the page, and half of it comes: the server closes what is not complete."""
    body = case.good.body
    await send({"type": "http.response.start", "status": 200, "headers": case.good.sent_headers()})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


STREAMS: dict[str, Callable[[Case, Receive, Send], Awaitable[None]]] = {
    "slow": _slow,
    "silent": _silent,
    "endless": _endless,
    "data_loss": _data_loss,
}


async def _stays(receive: Receive, seconds: float) -> bool:
    """Waits; False as soon as the client has gone."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return True
    return False


def keep_quiet_about_broken_answers() -> None:
    """The server calls an answer that breaks off an error; here it is what was asked for."""
    logging.getLogger("uvicorn.error").addFilter(lambda record: record.getMessage() != _BROKEN_OFF)
