"""2dehands.be and 2ememain.be: `scrapy crawl twedehands`."""

from immobe.crawling.spider import PlatformSpider
from immobe.platforms import get_platform


class TwedehandsSpider(PlatformSpider):
    """Homes for sale on 2dehands.be; `immobe.platforms.twedehands` knows its pages."""

    name = "twedehands"
    platform = get_platform("twedehands")
