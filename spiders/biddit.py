"""Biddit: `scrapy crawl biddit`."""

from immobe.crawling.spider import PlatformSpider
from immobe.platforms import get_platform


class BidditSpider(PlatformSpider):
    """The notaries' sales on biddit.be; `immobe.platforms.biddit` knows its sitemap and its pages."""

    name = "biddit"
    platform = get_platform("biddit")
