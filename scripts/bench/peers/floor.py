"""The floor: aiohttp, lxml, a deque and a set in memory, rows in batches. What Python can do without any framework."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import deque
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import psycopg2
import reading
from lxml import html
from psycopg2.extras import Json, execute_values

from immobe.config import load_config

BATCH = 100


class Crawl:
    """`concurrency` tasks take URLs from one deque; a full batch is written in a thread."""

    def __init__(self) -> None:
        self.config = load_config(None)
        self.waiting: deque[tuple[str, bool]] = deque((url, True) for url in reading.seeds(os.environ["BENCH_SCOPE"]))
        self.seen = {url for url, _ in self.waiting}
        self.busy = 0
        self.rows: list[tuple[Any, ...]] = []
        self.writing: set[asyncio.Task[None]] = set()
        self.connection = psycopg2.connect((self.config.database_url or "").replace("+psycopg2", ""))

    async def run(self) -> None:
        connector = aiohttp.TCPConnector(limit=self.config.crawler_concurrent_requests)
        async with aiohttp.ClientSession(connector=connector) as session:
            tasks = [self._work(session) for _ in range(self.config.crawler_concurrent_requests)]
            await asyncio.gather(*tasks)
        await asyncio.gather(*self.writing)
        self._write(self.rows)
        self.connection.close()

    async def _work(self, session: aiohttp.ClientSession) -> None:
        while self.waiting or self.busy:
            if not self.waiting:
                await asyncio.sleep(0.002)
                continue
            url, is_search = self.waiting.popleft()
            self.busy += 1
            try:
                async with session.get(self._local(url)) as answer:
                    body = await answer.read()
                await self._read(url, body, is_search)
            finally:
                self.busy -= 1

    async def _read(self, url: str, body: bytes, is_search: bool) -> None:
        if is_search:
            page = reading.read_search(body, url)
            self._add([(card["url"], False) for card in page.cards])
            if page.next_page and page.next_page not in self.seen:
                self.seen.add(page.next_page)
                self.waiting.appendleft((page.next_page, True))
            return
        script = next(s for s in html.fromstring(body).iterfind(".//script") if "window.classified" in (s.text or ""))
        text = script.text or ""
        payload = json.JSONDecoder().raw_decode(text, text.index("{", text.index("window.classified")))[0]
        found = reading.facts(payload, url)
        self.rows.append(tuple(Json(found[name]) if name == "payload" else found[name] for name in reading.COLUMNS))
        self._add([(unit.url, False) for unit in reading.PLATFORM.units(payload)])
        if len(self.rows) >= BATCH:
            rows, self.rows = self.rows, []
            while self.writing:  # one connection: one batch at a time
                await asyncio.wait(self.writing)
            task = asyncio.create_task(asyncio.to_thread(self._write, rows))
            self.writing.add(task)
            task.add_done_callback(self.writing.discard)

    def _add(self, found: list[tuple[str, bool]]) -> None:
        for url, is_search in found:
            if url not in self.seen:
                self.seen.add(url)
                self.waiting.append((url, is_search))

    def _local(self, url: str) -> str:
        parts = urlsplit(url)
        return f"{self.config.replica_url}/{parts.netloc}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def _write(self, rows: list[tuple[Any, ...]]) -> None:
        with self.connection, self.connection.cursor() as cursor:
            names = ", ".join(reading.COLUMNS)
            execute_values(cursor, f"INSERT INTO {reading.TABLE} ({names}) VALUES %s", rows, page_size=BATCH)  # noqa: S608


def main() -> None:
    crawl = Crawl()
    began = time.monotonic()
    asyncio.run(crawl.run())
    Path(os.environ["BENCH_CLOCK"]).write_text(json.dumps({"began": began, "ended": time.monotonic()}))


if __name__ == "__main__":
    main()
