"""With REPLICA_URL set, requests go to the replica; responses, and so all that is stored, keep the portals' URLs."""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response

from immobe.platforms import PLATFORMS


class ReplicaDownloadHandler(HTTP11DownloadHandler):
    """Fetches `https://www.immoweb.be/x?y` from `REPLICA_URL/www.immoweb.be/x?y`; other sites as they are."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._replica: str = crawler.settings["REPLICA_URL"]
        self._hosts = {host for platform in PLATFORMS.values() for host in platform.hosts}

    async def download_request(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        if not self._is_portal(parts.hostname or ""):
            return await super().download_request(request)
        address = f"{self._replica}/{parts.hostname}{parts.path or '/'}"
        local = request.replace(url=f"{address}?{parts.query}" if parts.query else address)
        response = await super().download_request(local)
        # The downloader reads these from the request it gave us.
        request.meta.update({k: local.meta[k] for k in ("download_latency",) if k in local.meta})
        return response.replace(url=request.url, request=request)

    def _is_portal(self, host: str) -> bool:
        """Subdomains too, which a page may load scripts from: a crawl of the replica asks no portal for anything."""
        return host in self._hosts or any(host.endswith(f".{portal}") for portal in self._hosts)
