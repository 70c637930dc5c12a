"""Marks every request with the page it was found on, so that it is queued in one step with that page's end."""

from __future__ import annotations

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.base import BaseSpiderMiddleware


class ParentMiddleware(BaseSpiderMiddleware):
    """Spider middleware; the last before the engine."""

    def get_processed_request(self, request: Request, response: Response | None) -> Request | None:
        """The request with its parent's lease; requests of no page have none."""
        lease = response.meta.get("lease") if response is not None else None
        if lease is not None:
            request.meta["parent"] = lease["id"]
        return request
