"""The shared scheduler: every process of a spider takes its requests from one queue in Redis, and none is lost.

A request is leased, not popped: it exists in Redis until its page is done, that is, until its items are committed and
what it links to is queued. `leases` describes the protocol; here it meets Scrapy's engine. Keys and settings are those
of scrapy-redis where they mean the same: `ZCARD <spider>:requests`, `LPUSH <spider>:start_urls`, `SCHEDULER_QUEUE_KEY`.
No method waits for Redis, and none raises: an error in them would stop the engine or lose the page's other results.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Self, cast
from uuid import uuid4

from redis import Redis
from redis.exceptions import RedisError
from scrapy import Request, Spider, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from scrapy.utils.request import request_from_dict
from scrapy_redis.defaults import SCHEDULER_DUPEFILTER_KEY, SCHEDULER_QUEUE_KEY, START_URLS_KEY
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from immobe.config import Config
from immobe.crawling import serializer
from immobe.crawling.engine_state import is_closing, requests_in_progress, wake_engine
from immobe.crawling.entries import Entries
from immobe.crawling.failures import clear_failure
from immobe.crawling.leases import LeasedQueue
from immobe.crawling.leases_records import ALL_PAGES, LISTING_PAGES, SEARCH_PAGES, Verdict
from immobe.crawling.leases_start_urls import StartUrls
from immobe.crawling.reconciler import Reconciler
from immobe.crawling.side_threads import in_side_thread
from immobe.crawling.spider import Mode, PlatformSpider
from immobe.crawling.worker_queue import Callbacks, RunSeeds, WorkerOptions, WorkerQueue
from immobe.errors import ConfigError, ServiceError
from immobe.observability.metrics import REDIS_STATE_LOST
from immobe.redis import CircuitBreaker, make_redis
from immobe.storage.engine import make_engine
from immobe.storage.searches import known_totals

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector

_BANDS = {Mode.ALL: ALL_PAGES, Mode.SCOUT: SEARCH_PAGES, Mode.HARVEST: LISTING_PAGES}
# A payload of another release goes back for so long: a worker of that release will take it.
_OTHER_RELEASE_MS = 30_000
# After an error in a callback or a pipeline the page is fetched again, with a pause that doubles.
_FIRST_RETRY_MS, _LONGEST_RETRY_MS = 30_000, 3_600_000
_CLOSE_SECONDS = 30.0
_FILTERED = {
    "offsite/filtered": "they lead to other sites",
    "depth/request_ignored_count": "they lie deeper than DEPTH_LIMIT",
}


class SharedScheduler(BaseScheduler):
    """Scrapy's scheduler interface on a `WorkerQueue`."""

    spider: PlatformSpider
    queue: WorkerQueue

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._config: Config = crawler.settings["IMMOBE_CONFIG"]
        # Requests that the engine works on, with the lease that all their copies share.
        self._held: dict[Request, dict[str, Any]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Ends the process for settings that would let it empty everybody's queue."""
        settings = crawler.settings
        if not settings.getbool("SCHEDULER_PERSIST") or settings.getbool("SCHEDULER_FLUSH_ON_START"):
            with clear_failure():
                raise ConfigError("a shared queue needs SCHEDULER_PERSIST=True and SCHEDULER_FLUSH_ON_START=False")
        scheduler = cls(crawler)
        crawler.signals.connect(scheduler._on_spider_error, signals.spider_error)
        crawler.signals.connect(scheduler._on_item_error, signals.item_error)
        return scheduler

    def open(self, spider: Spider) -> None:
        """Begins to claim; joins the scope's run, or creates it with the spider's seeds."""
        self.spider = cast("PlatformSpider", spider)
        settings, config = self._crawler.settings, self._config
        leased = self._leased_queue(make_redis(settings["REDIS_URL"]))
        self._entries = Entries(self._crawler, self.spider)
        self._reconciler = Reconciler(
            spider.name,
            settings["REDIS_URL"],
            self._leased_queue,
            partial(make_engine, config, settings["DATABASE_URL"], "immobe reconcile"),
        )
        start_urls_key = settings.get("REDIS_START_URLS_KEY", START_URLS_KEY) % {"name": spider.name}
        self._run_scope = f"{self.spider.mode} {self.spider.scope.key}"
        band = _BANDS[self.spider.mode]
        seeds = [self._entries.of(request) for request in self.spider.seeds(self._known_totals())]
        run_band = SEARCH_PAGES if self.spider.mode is Mode.SCOUT else ALL_PAGES
        self.queue = WorkerQueue(
            leased,
            WorkerOptions(
                concurrency=settings.getint("CONCURRENT_REQUESTS"),
                band=band,
                lease_seconds=config.queue_lease_seconds,
                max_attempts=config.queue_max_attempts,
            ),
            breaker=CircuitBreaker(config.redis_circuit_breaker_threshold, config.redis_circuit_breaker_timeout),
            journal=config.redis_fallback_queue,
            run=RunSeeds(self._run_scope, uuid4().hex, seeds, run_band),
            start_urls=StartUrls(leased, start_urls_key, self._entries.of_start_url),
            callbacks=Callbacks(
                wake=wake_engine(self._crawler, asyncio.get_running_loop()),
                on_run=self._on_run,
                on_state_lost=self._on_state_lost,
                on_dead_letters=self._reconciler.note_dead_soon,
            ),
            crash_at=config.crash_at,
        )
        self.queue.start()
        self._watching = asyncio.create_task(self._watch_for_the_end())

    def _known_totals(self) -> dict[str, int | None]:
        """What searches counted before, for scouts; nothing when PostgreSQL is away: they will find out again."""
        if self.spider.mode is Mode.HARVEST:
            return {}
        engine = make_engine(self._config, self._crawler.settings["DATABASE_URL"], "immobe searches")
        try:
            return known_totals(engine, self.spider.name)
        except ServiceError as error:
            self.spider.logger.warning("searches begin anew: %s", error)
            return {}
        finally:
            engine.dispose()

    async def _watch_for_the_end(self) -> None:
        """Records that wait for an absent PostgreSQL must not hold up a stop: their pages go back to the queue."""
        while not is_closing(self._crawler):  # noqa: ASYNC110 - Scrapy has no event for it
            await asyncio.sleep(1)
        self._stats.set_value("storage/give_up", True)

    def close(self, reason: str) -> Deferred[None]:
        """Acknowledges what is finished and gives the rest back; the queue stays for others, or for a later start.

        Fires when that is done, after 30 seconds at the latest when Redis hangs. The event loop goes on meanwhile.
        """
        self._watching.cancel()
        self._acknowledge()
        self._tell_filtered()
        return deferred_from_coro(in_side_thread(partial(self._close, reason), "close the queue"))

    def _close(self, reason: str) -> None:
        closed = self.queue.close(_CLOSE_SECONDS)
        self._stats.set_value("queue/round_trips", self.queue.stats.round_trips)
        if closed and reason == "finished":
            self._end_run()
        if not closed:
            self.spider.logger.warning("Redis did not answer in time; what we held goes to others when its leases end")
        elif self.queue.stats.unnoted:
            self._reconciler.note_dead()

    def _tell_filtered(self) -> None:
        """Scrapy's own filters drop a link before it comes here, and tell it to the debug log alone."""
        for stat, why in _FILTERED.items():
            if count := self._stats.get_value(stat):
                self.spider.logger.warning("%d links were not followed: %s", count, why)

    def _end_run(self) -> None:
        """The pages of our run are done: the scope's next start is a new run, whatever else is queued by then."""
        try:
            with make_redis(self._crawler.settings["REDIS_URL"]) as redis:
                self._leased_queue(redis).end_run(self._run_scope, self.queue.run_id)
        except RedisError as error:
            self.spider.logger.warning("the run is not ended; the next start may join it: %s", error)

    def enqueue_request(self, request: Request) -> bool:
        """Queues a request: with the page it was found on, in one step with that page's end."""
        lease = request.meta.get("lease") or {}
        parent = request.meta.get("parent") or lease.get("id")
        try:
            self.queue.push(self._entries.of(request), parent)
        except (TypeError, ValueError) as error:  # meta that JSON cannot hold: a fault of ours, not of the page
            self.spider.logger.error("a request cannot be queued: %s: %s", request.url, error)
            self._bury_parent(parent, f"a link cannot be queued: {request.url}: {error}")
            return False
        return True

    def _bury_parent(self, lease_id: str | None, reason: str) -> None:
        """Nothing can hold the link; the dead letter of its page can, and queued again it brings all links again."""
        for lease in self._held.values():
            if lease["id"] == lease_id and lease.get("verdict") != "retry":
                lease.update(verdict="dead", reason=reason)

    def next_request(self) -> Request | None:
        """The next request of this process's band, leased to it."""
        self._acknowledge()
        if self._storage_is_down():
            return None
        while claimed := self.queue.pop():
            try:
                request = request_from_dict(serializer.loads(claimed.payload), spider=self.spider)
            except serializer.UnknownVersion:
                self.queue.finish(claimed.id, Verdict.GIVE_BACK, _OTHER_RELEASE_MS)
            except Exception as error:
                self.queue.finish(claimed.id, Verdict.DEAD, reason=f"unreadable request: {error}")
            else:
                lease = {"id": claimed.id, "attempts": claimed.attempts + 1}
                request.meta["lease"] = lease
                self._held[request] = lease
                return request
        return None

    def has_pending_requests(self) -> bool:
        """True until Redis said that nothing is queued, leased or delayed for anybody: the end of a crawl is exact."""
        self._acknowledge()
        return bool(self._held) or self.queue.has_pending()

    def _acknowledge(self) -> None:
        """Ends the leases of requests that the engine has let go: their items are stored, their children pushed."""
        in_progress = requests_in_progress(self._crawler)
        for request in [request for request in self._held if request not in in_progress]:
            lease = self._held.pop(request)
            verdict = {"retry": Verdict.RETRY, "dead": Verdict.DEAD}.get(lease.get("verdict", ""), Verdict.ACCEPT)
            if verdict is Verdict.RETRY and not lease.get("counts", True):
                verdict = Verdict.GIVE_BACK
            elif verdict is Verdict.RETRY and lease["attempts"] >= self._config.queue_max_attempts:
                verdict = Verdict.DEAD
            delay_ms = int(lease.get("delay_seconds", 0) * 1000)
            self.queue.finish(lease["id"], verdict, delay_ms, str(lease.get("reason", "")))

    def _storage_is_down(self) -> bool:
        """While PostgreSQL is away no new work begins; what is held waits, and its leases are renewed."""
        down = bool(self._stats.get_value("storage/down", False))
        if down:
            self.queue.pause()
        else:
            self.queue.resume()
        return down

    @property
    def _stats(self) -> StatsCollector:
        return self._crawler.stats

    def _on_run(self, run_id: str, created: bool) -> None:
        kind = "new" if created else "joined"
        self._stats.set_value("run/id", run_id)
        self.spider.logger.info("%s run %s of scope %s", kind, run_id, self.spider.scope.key)
        if created and self.spider.mode is Mode.HARVEST:
            # Perhaps Redis came back empty while nobody worked.
            self._reconciler.reconcile_soon(only_if_empty=True)

    def _on_state_lost(self) -> None:
        REDIS_STATE_LOST.add(platform=self.spider.name)
        self._reconciler.reconcile_soon()

    def _leased_queue(self, redis: Redis) -> LeasedQueue:
        settings, names = self._crawler.settings, {"spider": self.spider.name}
        return LeasedQueue(
            redis,
            settings.get("SCHEDULER_QUEUE_KEY", SCHEDULER_QUEUE_KEY) % names,
            settings.get("SCHEDULER_DUPEFILTER_KEY", SCHEDULER_DUPEFILTER_KEY) % names,
        )

    def _on_spider_error(self, failure: Failure, response: Response, spider: Spider) -> None:
        self._fetch_again(response, f"spider_error: {type(failure.value).__name__}")

    def _on_item_error(self, item: object, response: Response, spider: Spider, failure: Failure) -> None:
        reason = f"item_error: {type(failure.value).__name__}"
        self._fetch_again(response, reason, counts=not isinstance(failure.value, ServiceError))

    def _fetch_again(self, response: Response | None, reason: str, *, counts: bool = True) -> None:
        lease = response.meta.get("lease") if response is not None else None
        if lease is not None:
            pause = min(_FIRST_RETRY_MS * 2 ** (lease["attempts"] - 1), _LONGEST_RETRY_MS)
            lease.update(verdict="retry", delay_seconds=pause / 1000, reason=reason, counts=counts)
