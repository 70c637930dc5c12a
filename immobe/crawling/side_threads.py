"""Waiting for a thread without stopping the event loop, and without keeping the process alive."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable


async def in_side_thread(call: Callable[[], None], name: str) -> None:
    """Runs `call()` in a thread; raises what it raises.

    The loop's own threads would be waited for when the process ends: a second signal could not end it at once.
    """
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:
            errors.append(error)
        if not loop.is_closed():
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=run, name=name, daemon=True).start()
    await done.wait()
    if errors:
        raise errors[0]
