"""When a worker's part of a crawl is over."""

from __future__ import annotations

import logging

from immobe.crawling.leases_records import LISTING_PAGES, SEARCH_PAGES, Claims
from immobe.crawling.worker_queue_worker import Worker

_log = logging.getLogger(__name__)


class EndOfWork:
    """How many requests a worker still has to wait for, by the pages it takes.

    A scout waits for search pages. A harvester waits for listing pages, and for search pages only while somebody lives
    who takes them: none for longer than a lease means that nobody will.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._alone_since: float | None = None
        self._told = False

    def left(self, claims: Claims) -> int:
        """Requests that exist and concern this worker."""
        band = self._worker.options.band
        if band == SEARCH_PAGES:
            return claims.searches
        if band == LISTING_PAGES and claims.searches and self._nobody_scouts(claims):
            left = max(0, claims.requests - claims.searches)
            self._tell(left, claims.searches)
            return left
        return claims.requests

    def _nobody_scouts(self, claims: Claims) -> bool:
        now = self._worker.clock()
        if claims.scouts:
            self._alone_since, self._told = None, False
            return False
        if self._alone_since is None:
            self._alone_since = now
        return now - self._alone_since >= self._worker.options.lease_seconds

    def _tell(self, left: int, searches: int) -> None:
        if left == 0 and not self._told:
            self._told = True
            _log.warning(
                "no listing page is left; %d search pages wait, but no scout works on them (-a mode=scout)", searches
            )
