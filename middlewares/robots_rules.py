"""What a host's robots.txt allows, by RFC 9309 (September 2022), and how long that is believed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property

from protego import Protego

PARSED_BYTES = 500 * 1024  # RFC 9309 2.5: at least 500 kibibytes are read; ours ends there
LONGEST_DELAY = 86_400.0  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0  # seconds between attempts to get a robots.txt that cannot be had


@dataclass(frozen=True)
class RobotsRules:
    """`text` is None when the file cannot be had, so nothing is allowed; empty when there is none, so everything is.

    `until` is Unix time. `failures` counts the attempts in a row that had no answer.
    """

    text: str | None
    until: float
    failures: int = 0

    @cached_property
    def _parsed(self) -> Protego:
        return Protego.parse(self.text or "")

    def allows(self, url: str, user_agent: str) -> bool:
        """
        >>> RobotsRules("User-agent: *\\nDisallow: /api", 0).allows("https://x.be/api/1", "Immo-Be")
        False
        """
        return self.text is not None and self._parsed.can_fetch(url, user_agent)

    def crawl_delay(self, user_agent: str) -> float:
        """Seconds between two requests that the host asks for by Crawl-delay or Request-rate; 0 when it does not."""
        rate = self._parsed.request_rate(user_agent)
        by_rate = rate.seconds / rate.requests if rate and rate.requests else 0.0
        asked = max(self._parsed.crawl_delay(user_agent) or 0.0, by_rate)
        return min(asked, LONGEST_DELAY) if asked > 0 else 0.0  # whatever it says: none below zero, none for ever

    def dumps(self) -> str:
        """As JSON, for the cache."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, cached: str | bytes | None) -> RobotsRules | None:
        """What `dumps` wrote; None for nothing, and for what another release wrote."""
        try:
            return cls(**json.loads(cached)) if cached else None
        except (ValueError, TypeError):
            return None


def rules_of(status: int | None, body: bytes, now: float, ttl: float, before: RobotsRules | None) -> RobotsRules:
    """The rules that an answer means; `status` None: there was none. RFC 9309 2.3.1.

    >>> rules_of(404, b"", 0, 3600, None).allows("https://x.be/", "a")
    True
    >>> rules_of(503, b"", 0, 3600, None).allows("https://x.be/", "a")
    False
    """
    if status is not None and 200 <= status < 300:
        return RobotsRules(_readable(body), now + ttl)
    if status is not None and 400 <= status < 500 and status != 429:
        return RobotsRules("", now + ttl)
    failures = before.failures + 1 if before else 1
    return RobotsRules(None, now + min(FIRST_PAUSE * 2 ** min(failures - 1, 20), LONGEST_PAUSE), failures)


def _readable(body: bytes) -> str:
    """The part that is read; a line that the limit cuts would say something else."""
    if len(body) > PARSED_BYTES:
        body = body[:PARSED_BYTES].rpartition(b"\n")[0]
    return body.decode("utf-8-sig", "replace")
