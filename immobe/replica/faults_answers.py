"""Faulty answers that come at once and end: each a function from what the portal would say to what is said."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache

from immobe.replica import faults_blocks as blocks
from immobe.replica.chance import Draws
from immobe.replica.faults_pages import LAYOUTS, Page
from immobe.replica.reply import HTML

Headers = tuple[tuple[bytes, bytes], ...]
HUGE_BYTES = 12 * 1024 * 1024
BOMB_BYTES = 64 * 1024 * 1024
ELSEWHERE = b"https://www.elsewhere.example/"
_MEGABYTE = b" " * 1024 * 1024
_INTO_OBJECT = 2000  # bytes behind the marker; the object is longer
_ESCAPED = re.compile(rb"(?<!\\)((?:\\\\)*)\\u00([a-f][0-9a-f])")
_CHARSET = re.compile(rb"<meta charset=[^>]*>\n?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """`parts` together are the body. Its length is told unless `tells_length` is False."""

    status: int
    headers: Headers
    parts: tuple[bytes, ...]
    tells_length: bool = True

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    def sent_headers(self) -> list[tuple[bytes, bytes]]:
        length = b"%d" % sum(map(len, self.parts))
        return [*self.headers, *(((b"content-length", length),) if self.tells_length else ())]


@dataclass(frozen=True, slots=True)
class Case:
    """A request that shall be answered badly."""

    page: Page
    url: bytes
    """The page's address at the portal."""
    good: Answer
    """What the portal would say."""
    seconds: float
    draws: Draws
    other: Answer | None = None
    """Another listing's page, for a fault that needs one."""


def _page(status: int, body: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    return Answer(status, ((b"content-type", HTML), *headers), (body,))


def _retry_later(status: int, case: Case) -> Answer:
    """Half of them tell seconds, half a date; a date is never too early."""
    wait = b"%d" % -(-case.seconds // 1)
    if case.draws.chance(0.5):
        moment = datetime.now(UTC) + timedelta(seconds=case.seconds + 1)
        wait = format_datetime(moment, usegmt=True).encode()
    return _page(status, b"<html><body><h1>Too busy</h1></body></html>\n", (b"retry-after", wait))


def _cut(case: Case) -> Answer:
    """Before the object or within it; the length is that of what is left."""
    body = case.good.body
    layout = LAYOUTS.get(case.page.platform)
    marks = [at for now, _ in (layout.markers if layout else ()) if (at := body.find(now)) >= 0]
    mark = min(marks, default=len(body) // 2)
    end = mark + case.draws.between(1, _INTO_OBJECT) if case.draws.chance(0.5) else case.draws.between(1, mark or 1)
    return replace(case.good, parts=(body[:end],))


def _in_latin1(body: bytes) -> bytes:
    """What that encoding (the web's reading of it, cp1252) lacks becomes a question mark.

    Objects are written out in it, too: the portal escapes what is not ASCII, and the fault would not be met.
    """
    encoded = body.decode().encode("cp1252", "replace")
    return _ESCAPED.sub(lambda found: found[1] + bytes.fromhex(found[2].decode()), encoded)


def _latin1(case: Case) -> Answer:
    """Neither the header nor the page says in which encoding it is."""
    kind = dict(case.good.headers)[b"content-type"].partition(b";")[0]
    body = _in_latin1(_CHARSET.sub(b"", case.good.body))
    return replace(case.good, headers=((b"content-type", kind),), parts=(body,))


def _mislabelled(case: Case) -> Answer:
    """Header and page say UTF-8."""
    return replace(case.good, parts=(_in_latin1(case.good.body),))


def _huge(case: Case) -> Answer:
    """A sound page that does not stop in time; half of them do not tell how long they are."""
    parts = (*case.good.parts, *(_MEGABYTE,) * (HUGE_BYTES // len(_MEGABYTE)))
    return replace(case.good, parts=parts, tells_length=case.draws.chance(0.5))


@lru_cache(1)
def _bomb_body() -> bytes:
    return gzip.compress(b" " * BOMB_BYTES)


def _bomb(case: Case) -> Answer:
    return replace(case.good, headers=(*case.good.headers, (b"content-encoding", b"gzip")), parts=(_bomb_body(),))


def _marker(case: Case) -> Answer:
    body = case.good.body
    for now, then in LAYOUTS[case.page.platform].markers if case.page.platform in LAYOUTS else ():
        body = body.replace(now, then)
    return replace(case.good, parts=(body,))


def _price_key(case: Case) -> Answer:
    if case.page.platform not in LAYOUTS:
        return case.good
    return replace(case.good, parts=(case.good.body.replace(*LAYOUTS[case.page.platform].price_key),))


def _redirect(location: bytes) -> Answer:
    return _page(302, b"", (b"location", location))


WHOLE_ANSWERS: dict[str, Callable[[Case], Answer]] = {
    "429": lambda case: _retry_later(429, case),
    "503": lambda case: _retry_later(503, case),
    "datadome": lambda _: _page(403, blocks.DATADOME, (b"x-dd-b", b"1")),
    "cloudflare": lambda _: _page(403, blocks.CLOUDFLARE, (b"cf-mitigated", b"challenge")),
    "captcha": lambda _: _page(200, blocks.CAPTCHA),
    "login": lambda _: _page(200, blocks.LOGIN),
    "shell": lambda _: _page(200, blocks.SHELL),
    "cut": _cut,
    "latin1": _latin1,
    "mislabelled": _mislabelled,
    "loop": lambda case: _redirect(case.url),
    "offsite": lambda _: _redirect(ELSEWHERE),
    "huge": _huge,
    "bomb": _bomb,
    "marker": _marker,
    "price_key": _price_key,
    "404": lambda _: _page(404, b"<html><body><h1>404</h1></body></html>\n"),
    "410": lambda _: _page(410, b"<html><body><h1>410</h1></body></html>\n"),
    "wrong": lambda case: case.other or case.good,
}
