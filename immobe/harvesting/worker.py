"""A worker process: every platform's crawl in one event loop. `python -m immobe.harvesting.worker ORDER`

ORDER is what `immobe.harvesting.options.Order` writes; the supervisor does.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import structlog
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from scrapy.utils.project import get_project_settings

from immobe.errors import ImmobeError
from immobe.extensions.recycle import PREFIX, resident_bytes
from immobe.harvesting.crawls import PlatformCrawl
from immobe.harvesting.lifeline import Lifeline
from immobe.harvesting.options import Order, PoolOptions
from immobe.harvesting.reports import REPORT_SECONDS, Report, WorkerExit

_log = structlog.get_logger("immobe.harvesting.worker")  # __name__ is __main__
_SHUTDOWN = "shutdown"
# Names are resolved in Twisted's threads: one platform whose names do not resolve must leave some to the others.
_THREADS_A_PLATFORM = 10
_STARTING_REPORT_SECONDS = 0.1


def main() -> None:
    """Ends with one of `WorkerExit`."""
    order = Order.from_json(sys.argv[1])
    pool = order.pool
    lifeline = Lifeline(order.socket, hang_seconds=pool.hang_seconds, stop_seconds=pool.stop_seconds)
    try:
        process = crawler_process(pool)
    except (ImmobeError, ImportError, SyntaxError, ValueError, SystemExit) as error:
        lifeline.send(Report("stopping", error=f"{error}".removeprefix("immobe: ")))
        sys.exit(WorkerExit.MISCONFIGURED)
    sys.exit(Harvester(order, process, lifeline).run())


def crawler_process(pool: PoolOptions) -> AsyncCrawlerProcess:
    """With the project's settings. Raises what wrong settings raise, and ImmobeError when no platform is left."""
    process = AsyncCrawlerProcess(worker_settings(pool))
    if not platforms_of(process, pool):
        raise ImmobeError(f"no platform is called {' or '.join(pool.platforms)}; there are: {_names(process)}")
    return process


def worker_settings(pool: PoolOptions) -> Settings:
    """The project's, with what differs for a harvester."""
    settings = get_project_settings()
    if "IMMOBE_CONFIG" not in settings:
        settings.setmodule("immobe.settings", priority="project")
    config = settings["IMMOBE_CONFIG"]
    # The supervisor has found or started the services and migrated the schema; done here, it would stop the loop.
    settings.set("ADDONS", {}, priority="cmdline")
    settings.set("DATABASE_URL", config.database_url, priority="cmdline")
    settings.set("REDIS_URL", config.redis_url, priority="cmdline")
    settings.set("SPIDER_MODULES", working_modules(settings.getlist("SPIDER_MODULES")), priority="cmdline")
    settings.set("RECYCLE_PAGES", pool.recycle_pages, priority="cmdline")
    settings.set("RECYCLE_MB", pool.recycle_mb, priority="cmdline")
    extensions = dict(settings["EXTENSIONS"]) | {"immobe.extensions.recycle.Recycle": 200}
    if not pool.until_empty:
        extensions["immobe.harvesting.stay_open.StayOpen"] = 210
    settings.set("EXTENSIONS", extensions, priority="cmdline")
    return settings


def working_modules(names: Sequence[str]) -> list[str]:
    """These modules and those in these packages, without what cannot be imported: it must not keep others from work."""
    working = []
    for name in _with_submodules(names):
        try:
            import_module(name)
        except Exception:
            _log.exception("A spider's module is left out", module=name)
        else:
            working.append(name)
    return working


def _with_submodules(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        module = import_module(name)
        inside = [one.name for one in iter_modules(getattr(module, "__path__", []), f"{name}.")]
        yield from inside or [name]


def platforms_of(process: AsyncCrawlerProcess, pool: PoolOptions) -> list[str]:
    """Those that this worker crawls; a name that no spider has is only logged when others are left."""
    there = process.spider_loader.list()
    for name in pool.platforms:
        if name not in there:
            _log.error("No spider for this platform", platform=name, there_are=_names(process))
    return [name for name in pool.platforms or there if name in there]


def _names(process: AsyncCrawlerProcess) -> str:
    return ", ".join(process.spider_loader.list())


class Harvester:
    """Runs the crawls side by side, and ends them together."""

    def __init__(self, order: Order, process: AsyncCrawlerProcess, lifeline: Lifeline) -> None:
        self._order, self._pool, self._process, self._lifeline = order, order.pool, process, lifeline
        self._crawls = [PlatformCrawl(process, name, order.pool) for name in platforms_of(process, order.pool)]
        self._stop_reason: str | None = None
        self._stopped: asyncio.Event | None = None
        self._exit = WorkerExit.DONE

    def run(self) -> WorkerExit:
        """Blocks until all crawls have ended."""
        threads = _THREADS_A_PLATFORM * (len(self._crawls) + 1)
        self._process.settings.set("REACTOR_THREADPOOL_MAXSIZE", threads, priority="cmdline")
        task = asyncio.get_event_loop().create_task(self._harvest())
        task.add_done_callback(_stop_reactor)
        self._process.start(stop_after_crawl=False, install_signal_handlers=False)
        task.result()
        return self._exit

    async def _harvest(self) -> None:
        loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, _SHUTDOWN)
        self._lifeline.on_break(lambda: loop.call_soon_threadsafe(self._stop, _SHUTDOWN))
        _log.info("A harvester begins", harvester=self._order.name, platforms=[c.platform for c in self._crawls])
        reporting = asyncio.create_task(self._report_always())
        crawling = asyncio.create_task(self._crawl_all())
        stopping = asyncio.create_task(self._end_when_asked())
        await asyncio.wait({crawling, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if crawling.done():
            crawling.result()
        self._note_exit()
        for task in (reporting, stopping):
            task.cancel()
        self._report()

    async def _crawl_all(self) -> None:
        await asyncio.gather(*(crawl.keep() for crawl in self._crawls))

    def _stop(self, reason: str) -> None:
        if self._stop_reason is None and self._stopped is not None:
            self._stop_reason = reason
            self._stopped.set()

    async def _end_when_asked(self) -> None:
        """Half of the time for an end in order, then what is still in work is given back (it may wait for its turn)."""
        assert self._stopped is not None  # noqa: S101 - set before this task is made
        await self._stopped.wait()
        self._lifeline.rest()
        reason, patience = self._stop_reason or _SHUTDOWN, self._pool.stop_seconds / 2
        if not await _done_within(patience, (crawl.close(reason) for crawl in self._crawls)):
            _log.info("Pages in work are given back", harvester=self._order.name)
            await _done_within(patience / 2, (crawl.hand_back(reason) for crawl in self._crawls))

    def _note_exit(self) -> None:
        if self._stop_reason == PREFIX or any(crawl.must_recycle for crawl in self._crawls):
            self._exit = WorkerExit.RECYCLED
        elif self._stop_reason is None and any(crawl.state == "gave up" for crawl in self._crawls):
            self._exit = WorkerExit.GAVE_UP

    async def _report_always(self) -> None:
        while True:
            state = self._report()
            if state in ("working", "waiting"):
                self._lifeline.beat()
            if any(crawl.must_recycle for crawl in self._crawls):
                self._stop(PREFIX)
            await asyncio.sleep(REPORT_SECONDS if state != "starting" else _STARTING_REPORT_SECONDS)

    def _report(self) -> str:
        stalled = max(crawl.look() for crawl in self._crawls)
        states = {crawl.platform: crawl.state for crawl in self._crawls}
        latest = [crawl.last_page for crawl in self._crawls if crawl.last_page is not None]
        state = next((one for one in ("starting", "working") if one in states.values()), "waiting")
        report = Report(
            state="stopping" if self._stop_reason else state,
            pages=sum(crawl.pages for crawl in self._crawls),
            rss_bytes=resident_bytes(),
            page_age=time.monotonic() - max(latest) if latest else None,
            stalled=stalled,
            platforms=states,
        )
        self._lifeline.send(report)
        return report.state


async def _done_within(seconds: float, work: Iterable[Coroutine[Any, Any, None]]) -> bool:
    """Does it all side by side; False when that took too long, and was broken off."""
    try:
        async with asyncio.timeout(seconds):
            await asyncio.gather(*work)
    except TimeoutError:
        return False
    return True


def _stop_reactor(_: object) -> None:
    from twisted.internet import reactor

    reactor.stop()  # type: ignore[misc] # its stub takes the module for an instance


if __name__ == "__main__":
    main()
