"""Start URLs that people push to `<spider>:start_urls` (a list, set or sorted set), moved safely into the queue."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from redis.exceptions import ResponseError

from immobe.crawling.leases import FORGET_SECONDS, LeasedQueue
from immobe.crawling.leases_records import Entry, RequestIds
from immobe.crawling.leases_scripts import Argument, Call, load_script

_log = logging.getLogger(__name__)
_TAKE = load_script("take_start_urls")
_LONGEST_MESSAGE = 64 * 1024  # bytes; a longer one is no start URL

Converter = Callable[[dict[str, Any]], Entry]
"""Makes the request of a message: `{"url": …}` and whatever else it held. Raises ValueError when it cannot."""


class Taken(NamedTuple):
    """How many messages were queued, and set aside as dead letters."""

    queued: int
    bad: int


class StartUrls:
    """Moves messages in small batches. Each is a URL or a JSON object with a `url`."""

    def __init__(self, queue: LeasedQueue, source: str, convert: Converter) -> None:
        self._queue, self._source, self._convert = queue, source, convert
        self._ids = RequestIds()

    def take(self, count: int = 16) -> Taken:
        """Moves at most `count` messages: those that scrapy-redis would pop next. Two round trips, or one.

        A message leaves the source in the same atomic step that queues it, whatever the run has seen before: who pushes
        a URL wants it fetched. One that cannot be used becomes a dead letter with the reason; the others go on. Raises
        redis' errors, TypeError when the source is of another type.
        """
        kind, messages = self._read(count)
        if not messages:
            return Taken(0, 0)
        arguments: list[Argument] = [kind, FORGET_SECONDS]
        for message in messages:
            arguments += self._converted(message)
        taken = Taken(*self._queue.scripts.run(Call(_TAKE, arguments, (self._source,))))
        if taken.bad:
            _log.error("%d messages of %s cannot be used: `immobe queue show` says why", taken.bad, self._source)
        return taken

    def _read(self, count: int) -> tuple[str, list[bytes]]:
        """Type of the source and its next messages, which stay there."""
        scripts = self._queue.scripts
        scripts.round_trips += 1
        pipeline = scripts.redis.pipeline(transaction=False)
        pipeline.lrange(self._source, 0, count - 1)
        pipeline.srandmember(self._source, count)
        pipeline.zrange(self._source, 0, count - 1, desc=True)
        for kind, answer in zip(("list", "set", "zset"), pipeline.execute(raise_on_error=False), strict=True):
            if not isinstance(answer, ResponseError) and answer:
                return kind, answer
        return "list", []

    def _converted(self, message: bytes) -> list[Argument]:
        """What take_start_urls.lua takes."""
        try:
            entry = self._convert(parse_message(message))
        except Exception as error:  # whatever one message does, the others are taken
            reason = f"bad start URL: {type(error).__name__}: {error}".replace("|", "/")[:300]
            return [message, reason, self._ids.new(), b"", 0, b"", 0]
        return [message, "ok", entry.id, entry.fingerprint, entry.score, entry.payload, entry.delay_ms]


def parse_message(message: bytes) -> dict[str, Any]:
    """A message as an object with a `url` of http or https. Raises ValueError.

    >>> parse_message(b"https://example.org/x"), parse_message(b'{"url": "http://example.org", "meta": {"a": 1}}')
    ({'url': 'https://example.org/x'}, {'url': 'http://example.org', 'meta': {'a': 1}})
    """
    if len(message) > _LONGEST_MESSAGE:
        raise ValueError(f"{len(message)} bytes long")
    text = message.decode("utf-8").strip()
    found = json.loads(text) if text.startswith("{") else {"url": text}
    url = found.get("url")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise ValueError("no http(s) URL in it")
    return dict(found)
