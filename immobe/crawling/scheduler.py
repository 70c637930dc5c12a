"""The shared scheduler: every process of a spider takes its requests from one Redis queue.

It keeps scrapy-redis's settings and keys (`<spider>:requests`), but stores JSON instead of pickles, keeps the queue at
every close, serves equal priorities in the order they came, and knows runs (see `runs`).
"""

from __future__ import annotations

import time
from itertools import count
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.utils.request import request_from_dict
from scrapy_redis.scheduler import Scheduler

from immobe.crawling import serializer
from immobe.crawling.dupefilter import RunDupeFilter
from immobe.crawling.runs import BUSY_SECONDS, CrawlRuns
from immobe.crawling.spider import SEARCH_PRIORITY, Mode, PlatformSpider

# Scores are negative priorities: search pages lie below, listings above. Retries lower a priority by a few.
_BORDER = -SEARCH_PRIORITY // 2
_BANDS = {Mode.ALL: ("-inf", "+inf"), Mode.SCOUT: ("-inf", f"{_BORDER}"), Mode.HARVEST: (f"({_BORDER}", "+inf")}
_POP = """
local found = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[2], 'LIMIT', 0, 1)
if found[1] then redis.call('ZREM', KEYS[1], found[1]) end
return found[1]
"""


class SharedScheduler(Scheduler):  # type: ignore[misc] # scrapy-redis has no types
    """scrapy-redis's scheduler with a safe queue and runs."""

    spider: PlatformSpider

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SharedScheduler:
        """Refuses settings that let one process empty everybody's queue."""
        if not crawler.settings.getbool("SCHEDULER_PERSIST") or crawler.settings.getbool("SCHEDULER_FLUSH_ON_START"):
            raise ValueError("a shared queue needs SCHEDULER_PERSIST=True and SCHEDULER_FLUSH_ON_START=False")
        scheduler: SharedScheduler = super().from_crawler(crawler)
        crawler.signals.connect(scheduler._idle, signals.spider_idle)
        return scheduler

    def open(self, spider: PlatformSpider) -> None:
        """Joins the scope's run, or creates it with the spider's seeds."""
        self.spider = spider
        self._key = self.queue_key % {"spider": spider.name}
        self._pop = self.server.register_script(_POP)
        self._numbers = count()
        self._runs = CrawlRuns(self.server, spider.name, self._key)
        self._said_busy = time.monotonic()
        run, created = self._runs.join(f"{spider.mode} {spider.scope.key}", [self._entry(r) for r in spider.seeds()])
        self.df = RunDupeFilter.of_run(self.server, spider, run)
        spider.logger.info("%s run %s of scope %s", "new" if created else "joined", run, spider.scope.key)

    def close(self, reason: str) -> None:
        """Leaves the queue as it is: others work on it, or a later start does."""
        self._runs.finished()

    def __len__(self) -> int:
        return int(self.server.zcard(self._key))

    def enqueue_request(self, request: Request) -> bool:
        """Queues a request that the run has not queued before."""
        if not request.dont_filter and self.df.request_seen(request):
            self.df.log(request, self.spider)
            return False
        score, member = self._entry(request)
        self.server.zadd(self._key, {member: score})
        self.stats.inc_value("scheduler/enqueued/redis")
        return True

    def next_request(self) -> Request | None:
        """The next request of this process's band."""
        if time.monotonic() - self._said_busy > BUSY_SECONDS / 4 or self._idle_said:
            self._say_busy()
        payload = self._pop(keys=[self._key], args=_BANDS[self.spider.mode])
        if payload is None:
            return None
        self.stats.inc_value("scheduler/dequeued/redis")
        return request_from_dict(serializer.loads(payload.partition(b"|")[2]), spider=self.spider)

    def has_pending_requests(self) -> bool:
        """True while this process's band holds requests."""
        return int(self.server.zcount(self._key, *_BANDS[self.spider.mode])) > 0

    _idle_said = False

    def _say_busy(self) -> None:
        self._runs.report_busy()
        self._said_busy, self._idle_said = time.monotonic(), False

    def _idle(self, spider: PlatformSpider) -> None:
        """The crawl ends when nothing is queued and every process is idle: another may still find more."""
        self._idle_said = True
        if not self._runs.finished(*_BANDS[spider.mode]):
            raise DontCloseSpider

    def _entry(self, request: Request) -> tuple[float, str]:
        """(score, member): members sort by time and number, so that equal priorities are first come, first served."""
        payload: Any = serializer.dumps(request.to_dict(spider=self.spider))
        return -request.priority, f"{time.time_ns():020d}{next(self._numbers):08d}|{payload}"
