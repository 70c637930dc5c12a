"""Zimmo: `scrapy crawl zimmo`."""

from immobe.crawling.spider import PlatformSpider
from immobe.platforms import get_platform


class ZimmoSpider(PlatformSpider):
    """The market on zimmo.be, for sale and to let; `immobe.platforms.zimmo` knows its pages."""

    name = "zimmo"
    platform = get_platform("zimmo")
