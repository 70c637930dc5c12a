"""Crawls by a Scrapyd: https://scrapyd.readthedocs.io/en/stable/api.html (1.6, 2025)."""

from __future__ import annotations

import httpx
import structlog

from immobe.errors import ServiceError
from immobe.watchtower.crawls.orders import CrawlOrder, Job

_log = structlog.get_logger(__name__)
_SECONDS = 10.0


class Scrapyd:
    """A client of one project. `url` may hold user and password."""

    def __init__(self, url: str, project: str) -> None:
        self._project = project
        self._client = httpx.Client(base_url=url, timeout=_SECONDS, follow_redirects=False, trust_env=False)

    def start(self, order: CrawlOrder) -> Job:
        """Through schedule.json. Raises ServiceError, also when Scrapyd refuses."""
        form = {"project": self._project, "spider": order.platform, **order.arguments}
        settings = [f"{name}={value}" for name, value in order.settings.items()]
        try:
            answer = self._client.post("/schedule.json", data={**form, "setting": settings})
            said = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ServiceError(f"Scrapyd: {error or type(error).__name__}") from error
        if not isinstance(said, dict) or said.get("status") != "ok" or "jobid" not in said:
            _log.error("Scrapyd refused a crawl", platform=order.platform, status=answer.status_code, answer=str(said))
            raise ServiceError(f"Scrapyd refused: status {answer.status_code}; the log says more")
        return Job(order.platform, str(said["jobid"]), "started", "scrapyd")

    def jobs(self) -> list[Job]:
        """None: Scrapyd keeps them."""
        return []

    def close(self) -> None:
        """Ends connections; what Scrapyd runs goes on."""
        self._client.close()
