"""The replica behind a gate: a test says how many pages may be answered, and hears how often each one was.

    python tests/faults/crawl_replica.py --listings N --seed S

PUT /_faults/gate {"pages": n}: n more pages, null: all, 0: none; GET: how many are left.
GET /_faults/answered: {address: times}, without robots.txt; DELETE forgets what was counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from immobe.replica.faults import App, Receive, Scope, Send
from immobe.replica.market import Market
from immobe.replica.server import Replica, create_app, serve


class Gate:
    """Holds requests for pages until they may pass; a client that goes away meanwhile was never answered."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._left: int | None = None
        self._changed = asyncio.Event()
        self._answered: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith("/_faults/"):
            await _answer(send, await self._command(path, scope["method"], receive))
        elif path.startswith("/_replica/") or path.endswith("/robots.txt"):
            await self._app(scope, receive, send)
        elif await self._may_pass(receive):
            self._answered[f"{path}?{scope['query_string'].decode()}"] += 1
            await self._app(scope, receive, send)

    async def _may_pass(self, receive: Receive) -> bool:
        """False when the client went away."""
        gone = asyncio.create_task(_until_gone(receive))
        try:
            while self._left == 0:
                changed = asyncio.create_task(self._changed.wait())
                await asyncio.wait({gone, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                if gone.done():
                    return False
        finally:
            gone.cancel()
        if self._left is not None:
            self._left -= 1
        return True

    async def _command(self, path: str, method: str, receive: Receive) -> object:
        if path == "/_faults/gate":
            if method == "PUT":
                self._let(json.loads((await receive())["body"])["pages"])
            return {"pages": self._left}
        if path == "/_faults/answered" and method == "DELETE":
            self._answered.clear()
        return dict(self._answered)

    def _let(self, pages: int | None) -> None:
        self._left = pages if not pages or self._left is None else self._left + pages
        self._changed.set()
        self._changed = asyncio.Event()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(send: Send, content: object) -> None:
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    app = create_app(Replica(Market(options.seed, options.listings)), (Gate,))
    serve(app, "127.0.0.1", 0, lambda address: print(address, flush=True))


if __name__ == "__main__":
    main()
