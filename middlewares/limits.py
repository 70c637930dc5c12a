"""Bounds of one attempt: its time, and where redirects may lead. Sizes are bounded by DOWNLOAD_MAXSIZE."""

from __future__ import annotations

import time
from typing import Self
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response

from middlewares.lease import attempts_of, refuse

REDIRECTS = frozenset({301, 302, 303, 307, 308})
SHORTEST = 0.1  # seconds; Scrapy reads a time-out of 0 as none


class LimitsMiddleware:
    """Stands next to the downloader: its clock runs while a portal is asked, not while a request waits its turn."""

    def __init__(self, crawler: Crawler, seconds: float, request_seconds: float, redirects: int) -> None:
        self._crawler, self._seconds = crawler, seconds
        self._request_seconds, self._redirects = request_seconds, redirects

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        return cls(
            crawler,
            settings.getfloat("SCRAPE_TIMEOUT", 120.0),
            settings.getfloat("DOWNLOAD_TIMEOUT"),
            settings.getint("REDIRECT_MAX_TIMES"),
        )

    def process_request(self, request: Request) -> None:
        """Gives the download what is left of the attempt's time. Raises DownloadTimeoutError when that is nothing."""
        # A redirect comes from the queue with what was left; when that delivery fails, the next is a new attempt.
        left = request.meta.get("seconds_left", self._seconds) if attempts_of(request) == 1 else self._seconds
        if left <= 0:
            raise DownloadTimeoutError(f"{request.url}: the attempt took longer than {self._seconds:g} s")
        request.meta["download_timeout"] = max(SHORTEST, min(self._request_seconds, left))
        request.meta["seconds_left"], request.meta["asked_at"] = left, time.monotonic()

    def process_response(self, request: Request, response: Response) -> Response:
        """Raises Refused for a redirect that leaves the site or its scheme, or is one too many."""
        self._stop_clock(request)
        if response.status in REDIRECTS and "Location" in response.headers:
            self._check_redirect(request, (response.headers["Location"] or b"").decode("latin-1"))
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """The time of a failed download counts as well."""
        self._stop_clock(request)

    def _stop_clock(self, request: Request) -> None:
        if "asked_at" in request.meta:
            request.meta["seconds_left"] -= time.monotonic() - request.meta.pop("asked_at")

    def _check_redirect(self, request: Request, location: str) -> None:
        here, there = urlsplit(request.url), urlsplit(urljoin(request.url, location.strip()))
        # Up from http to https is no other site; down would show to others what we read.
        if there.scheme not in {here.scheme, "https"} or not self._on_site(here.hostname, there.hostname):
            self._crawler.stats.inc_value("limits/redirects_refused")
            raise refuse(request, "redirect_off_site")
        if request.meta.get("redirect_times", 0) >= self._redirects:
            raise refuse(request, "too_many_redirects")

    def _on_site(self, here: str | None, there: str | None) -> bool:
        allowed = getattr(self._crawler.spider, "allowed_domains", None) or [here]
        return any(there == host or (there or "").endswith(f".{host}") for host in allowed if host)
