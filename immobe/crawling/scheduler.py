"""The shared scheduler: every process of a spider takes its requests from one Redis queue.

It keeps scrapy-redis's settings and keys (`<spider>:requests`), but stores JSON instead of pickles, keeps the queue at
every close, serves equal priorities in the order they came, and knows runs (see `runs`).
"""

from __future__ import annotations

import time
from itertools import count
from typing import Any, Self, cast

from scrapy import Request, Spider, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.statscollectors import StatsCollector
from scrapy.utils.request import request_from_dict
from scrapy_redis.connection import from_settings
from scrapy_redis.defaults import SCHEDULER_QUEUE_KEY

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


class SharedScheduler(BaseScheduler):
    """scrapy-redis's scheduler with a safe queue and runs."""

    def __init__(self, server: Any, stats: StatsCollector, queue_key: str) -> None:
        self.server, self.stats, self._queue_key = server, stats, queue_key
        self._pop = server.register_script(_POP)
        self._numbers = count()
        self._said_busy, self._idle_said = 0.0, False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Refuses settings that let one process empty everybody's queue."""
        settings = crawler.settings
        if not settings.getbool("SCHEDULER_PERSIST") or settings.getbool("SCHEDULER_FLUSH_ON_START"):
            raise ValueError("a shared queue needs SCHEDULER_PERSIST=True and SCHEDULER_FLUSH_ON_START=False")
        queue_key = settings.get("SCHEDULER_QUEUE_KEY", SCHEDULER_QUEUE_KEY)
        scheduler = cls(from_settings(settings), crawler.stats, queue_key)
        crawler.signals.connect(scheduler._idle, signals.spider_idle)
        return scheduler

    def open(self, spider: Spider) -> None:
        """Joins the scope's run, or creates it with the spider's seeds."""
        self.spider = cast("PlatformSpider", spider)
        self._key = self._queue_key % {"spider": spider.name}
        self._runs = CrawlRuns(self.server, spider.name, self._key)
        self._said_busy = time.monotonic()
        scope = f"{self.spider.mode} {self.spider.scope.key}"
        run, created = self._runs.join(scope, [self._entry(request) for request in self.spider.seeds()])
        self.df = RunDupeFilter.of_run(self.server, spider, run)
        spider.logger.info("%s run %s of scope %s", "new" if created else "joined", run, self.spider.scope.key)

    def close(self, reason: str) -> None:
        """Leaves the queue as it is: others work on it, or a later start does."""
        self._runs.finished()

    def __len__(self) -> int:
        return int(self.server.zcard(self._key))

    def enqueue_request(self, request: Request) -> bool:
        """Queues a request that the run has not queued before; where a page redirects to is always fetched."""
        filtered = not request.dont_filter and "redirect_times" not in request.meta
        if filtered and self.df.request_seen(request):
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
