"""After the wait for the budget: may the platform still be asked?"""

from __future__ import annotations

from scrapy import Request

from middlewares.gate import GateMiddleware


class LastLookMiddleware(GateMiddleware):
    """The gate once more: while a request waited its turn, another one may have been blocked, or the night begun."""

    async def process_request(self, request: Request) -> None:
        """Raises GivenBack. A probe has been chosen before, at the gate; here none is."""
        if self._passes(request):
            return
        self._keep_quiet(request)
        wait = await self._platform.rests()
        if wait is not None:
            raise self._later(request, "platform_blocked", wait)
