"""Realo: `scrapy crawl realo`."""

from immobe.crawling.spider import PlatformSpider
from immobe.platforms import get_platform


class RealoSpider(PlatformSpider):
    """Homes that are advertised on realo.be; `immobe.platforms.realo` knows its pages."""

    name = "realo"
    platform = get_platform("realo")
