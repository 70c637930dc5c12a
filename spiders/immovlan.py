"""Immovlan: `scrapy crawl immovlan`."""

from immobe.crawling.spider import PlatformSpider
from immobe.platforms import get_platform


class ImmovlanSpider(PlatformSpider):
    """The market on immovlan.be, for sale, in public sale and to let; `immobe.platforms.immovlan` knows its pages."""

    name = "immovlan"
    platform = get_platform("immovlan")
