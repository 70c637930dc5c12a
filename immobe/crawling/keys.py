"""The queue of a platform, for those who look at it without crawling."""

from __future__ import annotations

from redis import Redis
from scrapy_redis.defaults import SCHEDULER_DUPEFILTER_KEY, SCHEDULER_QUEUE_KEY

from immobe.crawling.leases import LeasedQueue


def queue_of(redis: Redis, platform: str) -> LeasedQueue:
    """The queue that `scrapy crawl <platform>` uses with its default keys."""
    names = {"spider": platform}
    return LeasedQueue(redis, SCHEDULER_QUEUE_KEY % names, SCHEDULER_DUPEFILTER_KEY % names)
