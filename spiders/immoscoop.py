"""Immoscoop: `scrapy crawl immoscoop`."""

from immobe.crawling.spider import PlatformSpider
from immobe.platforms import get_platform


class ImmoscoopSpider(PlatformSpider):
    """Houses and apartments on immoscoop.be; `immobe.platforms.immoscoop` knows its pages."""

    name = "immoscoop"
    platform = get_platform("immoscoop")
