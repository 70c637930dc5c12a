"""What the crawler reads of a replica's portal, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from immobe.crawling.scopes import parse_scope
from immobe.platforms import Platform
from immobe.replica.reply import Portal


def text(replica: Portal, url: str) -> str:
    parts = urlsplit(url)
    assert parts.hostname in replica.hosts
    reply = replica.reply(parts.path, parts.query)
    assert reply.status == 200, url
    return reply.body.decode()


def cards(platform: Platform, replica: Portal, scope: str = "") -> Iterator[dict[str, Any]]:
    """Every card of every page of every search."""
    for search in parse_scope(scope).searches(platform):
        url: str | None = platform.search_url(search)
        while url and not (platform.ends_with_404 and replica.reply(urlsplit(url).path, "").status == 404):
            found = platform.read_search(text(replica, url), url)
            yield from found.cards
            url = found.next_page


def plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
