"""Trevi: `scrapy crawl trevi`."""

from immobe.crawling.spider import PlatformSpider
from immobe.platforms import get_platform


class TreviSpider(PlatformSpider):
    """The network's homes on trevi.be; `immobe.platforms.whise` knows the pages of such sites."""

    name = "trevi"
    platform = get_platform("trevi")
