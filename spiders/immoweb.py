"""Immoweb: `scrapy crawl immoweb`."""

from immobe.crawling.spider import PlatformSpider
from immobe.platforms import get_platform


class ImmowebSpider(PlatformSpider):
    """The market on immoweb.be, for sale and to let; `immobe.platforms.immoweb` knows its pages."""

    name = "immoweb"
    platform = get_platform("immoweb")
