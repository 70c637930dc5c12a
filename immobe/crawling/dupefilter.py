"""Which requests were already queued in this run. Each run has a set of its own, which Redis forgets after a week."""

from __future__ import annotations

from typing import Any, Self

from scrapy import Request, Spider
from scrapy.dupefilters import BaseDupeFilter
from scrapy_redis.defaults import SCHEDULER_DUPEFILTER_KEY

FORGET_AFTER_SECONDS = 7 * 24 * 3600


class RunDupeFilter(BaseDupeFilter):
    """Fingerprints of one run under `<spider>:dupefilter:<run>`."""

    def __init__(self, server: Any, key: str, fingerprinter: Any) -> None:
        self._server, self._key, self._fingerprinter = server, key, fingerprinter

    @classmethod
    def of_run(cls, server: Any, spider: Spider, run: str) -> Self:
        """The filter of a spider's run."""
        pattern = spider.settings.get("SCHEDULER_DUPEFILTER_KEY", SCHEDULER_DUPEFILTER_KEY)
        return cls(server, f"{pattern % {'spider': spider.name}}:{run}", spider.crawler.request_fingerprinter)

    def request_seen(self, request: Request) -> bool:
        """True when the run has queued it before; notes it otherwise."""
        pipe = self._server.pipeline(transaction=False)
        pipe.sadd(self._key, self._fingerprinter.fingerprint(request))
        pipe.expire(self._key, FORGET_AFTER_SECONDS)
        return bool(pipe.execute()[0] == 0)
