"""Scrapyd's API, as far as we use it: https://scrapyd.readthedocs.io/en/stable/api.html (1.6, 2025)."""

from __future__ import annotations

from typing import Any, get_args

import httpx
import structlog

from immobe.errors import ServiceError
from immobe.watchtower.crawls.orders import CrawlOrder
from immobe.watchtower.crawls.verdicts import Listed

_log = structlog.get_logger(__name__)
_SECONDS = 30.0
# Scrapyd lists the spiders of a version before it takes the first job, and answers nobody else meanwhile.
_SCHEDULE_SECONDS = 90.0


class Scrapyd:
    """A client of one project. `url` may hold user and password. Every method raises ServiceError."""

    def __init__(self, url: str, project: str, version: str | None = None) -> None:
        """`version`: of the egg to start crawls from; else the newest, or the installed code where there is no egg."""
        self._project, self._version = project, version
        self._client = httpx.Client(base_url=url, timeout=_SECONDS, follow_redirects=False, trust_env=False)

    def schedule(self, order: CrawlOrder, job: str) -> None:
        """Puts a crawl into Scrapyd's queue under our own name; Scrapyd itself would take the same name twice."""
        version = self._version or self.newest_version()
        settings = [f"{name}={value}" for name, value in order.settings.items()]
        form: dict[str, Any] = {"project": self._project, "spider": order.platform, "jobid": job, "setting": settings}
        form |= {"_version": version} if version else {}
        self._ask("POST", "schedule", data=form | order.arguments, timeout=_SCHEDULE_SECONDS)

    def cancel(self, job: str) -> Listed | None:
        """Tells a crawl to stop in order, or takes it out of the queue. Where it was; None where Scrapyd has it not."""
        state: Listed | None = self._ask("POST", "cancel", data={"project": self._project, "job": job})["prevstate"]
        return state

    def state(self, job: str) -> Listed | None:
        """None for a job that Scrapyd does not know."""
        state: Listed | None = self._ask("GET", "status", params={"project": self._project, "job": job})["currstate"]
        return state

    def listed(self) -> dict[str, Listed]:
        """{job: where it is listed}; a job that runs again after it had finished is running."""
        answer = self._ask("GET", "listjobs", params={"project": self._project})
        states = reversed(get_args(Listed))
        return {job["id"]: state for state in states for job in answer[state]}

    def newest_version(self) -> str | None:
        """Of the eggs that were deployed; None without. Ours are named by their time, so the greatest is the newest."""
        versions: list[str] = self._ask("GET", "listversions", params={"project": self._project})["versions"]
        return max(versions, default=None)

    def daemon(self) -> dict[str, int]:
        """How many jobs are `pending`, `running` and `finished`."""
        answer = self._ask("GET", "daemonstatus")
        return {state: answer[state] for state in get_args(Listed)}

    def close(self) -> None:
        """Ends connections; what Scrapyd runs goes on."""
        self._client.close()

    def _ask(self, method: str, name: str, **sent: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, f"/{name}.json", **sent)
            said = answer.json()
        except httpx.HTTPError as error:
            raise ServiceError(f"Scrapyd: {error or type(error).__name__}") from error
        except ValueError:
            raise ServiceError(f"Scrapyd: status {answer.status_code}") from None
        if not isinstance(said, dict) or said.get("status") != "ok":
            _log.error("Scrapyd refused", asked=name, status=answer.status_code, answer=str(said))
            raise ServiceError(f"Scrapyd refused {name}: status {answer.status_code}; the log says more")
        return said
