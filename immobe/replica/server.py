"""The replica's HTTP server: every portal under its host's name, and the market's truth under /_replica."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator, Callable, Collection
from html import escape

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from immobe.errors import ConfigError
from immobe.listening import listen, url_of
from immobe.replica.faults import App, Fault, Receive, Scope, Send
from immobe.replica.faults_plan import FaultPlan
from immobe.replica.faults_player import FaultPlayer
from immobe.replica.faults_routes import fault_routes
from immobe.replica.faults_streams import keep_quiet_about_broken_answers
from immobe.replica.javascript import needing_javascript
from immobe.replica.market import Market, MarketDay
from immobe.replica.portals import PORTALS
from immobe.replica.reply import Portal

LAST_DAY = 3650
_TRUTH_BATCH = 200


class Replica:
    """The market on the day it stands at, and the portals that show it."""

    def __init__(
        self,
        market: Market,
        day: int = 0,
        faults: str = "",
        platforms: Collection[str] = (),
        last_page: int | None = None,
        javascript: Collection[str] = (),
    ) -> None:
        """Shows every portal, or those of `platforms`; the pages of those in `javascript` need it.

        Raises ConfigError for an unknown platform or fault.
        """
        unknown = [name for name in (*platforms, *javascript) if name not in PORTALS]
        if unknown:
            raise ConfigError(f"the replica has no portal {unknown[0]!r}; there are {', '.join(PORTALS)}")
        self.market = market
        self.last_page = last_page
        self.platforms = tuple(platforms) or tuple(PORTALS)
        self.javascript = frozenset(javascript)
        self.set_day(day)
        self.faults = FaultPlan(market.seed, self.platforms, faults)

    def set_day(self, day: int) -> None:
        """Moves the clock; every page of the former day is forgotten."""
        self.day = MarketDay(self.market, day)
        self.portals = {name: PORTALS[name](self.day, self.last_page) for name in self.platforms}
        self.hosts: dict[str, Portal] = {host: portal for portal in self.portals.values() for host in portal.hosts}

    def of(self, platform: str) -> Portal:
        if platform not in self.portals:
            raise HTTPException(404, f"no portal of the replica is called {platform!r}")
        return self.portals[platform]


def create_app(replica: Replica, faults: tuple[Fault, ...] = ()) -> App:
    """The ASGI application, inside the replica's faults and those of a test."""
    pages = needing_javascript(_pages_first(replica), replica.javascript, lambda: replica.hosts)
    app: App = FaultPlayer(pages, replica.faults, lambda: replica.hosts)
    for fault in faults:
        app = fault(app)
    return app


def _pages_first(replica: Replica) -> App:
    """Portal pages take a short way past the routes, since load tests ask for many of them."""
    routes = _routes(replica)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the replica speaks HTTP only, not {scope['type']}")
        _, _, rest = scope["path"].partition("/")
        host, slash, path = rest.partition("/")
        portal = replica.hosts.get(host)
        if portal is None:
            await routes(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD"):
            await _send_page(portal, slash + path, scope, send)
        else:
            await Response(status_code=405, headers={"allow": "GET, HEAD"})(scope, receive, send)

    return app


async def _send_page(portal: Portal, path: str, scope: Scope, send: Send) -> None:
    reply = portal.reply(path or "/", scope["query_string"].decode("latin-1"))
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers()})
    body = b"" if scope["method"] == "HEAD" else reply.body
    await send({"type": "http.response.body", "body": body})


def _routes(replica: Replica) -> Starlette:
    async def index(_: Request) -> Response:
        return HTMLResponse(_index_page(replica))

    async def count(request: Request) -> Response:
        platform = request.query_params.get("platform")
        if platform is None:
            return JSONResponse([await _count(replica, portal) for portal in replica.portals.values()])
        return JSONResponse(await _count(replica, replica.of(platform)))

    async def listings(request: Request) -> Response:
        portal = replica.of(request.query_params.get("platform", "immoweb"))
        lost = await replica.faults.never_stored(portal)
        return StreamingResponse(_lines(portal, lost), media_type="application/x-ndjson")

    async def day(request: Request) -> Response:
        if request.method == "PUT":
            replica.set_day(await _day_of(request))
        return JSONResponse({"day": replica.day.day})

    return Starlette(
        routes=[
            Route("/", index),
            Route("/_replica/count", count),
            Route("/_replica/listings", listings),
            Route("/_replica/day", day, methods=["GET", "PUT"]),
            *fault_routes(replica.faults, lambda: replica.portals.values()),
        ],
        exception_handlers={HTTPException: _json_error},
    )


def _json_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for this type alone
    return JSONResponse({"error": error.detail}, status_code=error.status_code)


async def _day_of(request: Request) -> int:
    try:
        wanted = (await request.json())["day"]
    except (ValueError, TypeError, KeyError):
        wanted = None
    if type(wanted) is not int or not 0 <= wanted <= LAST_DAY:
        raise HTTPException(422, f'expected {{"day": D}} with D from 0 to {LAST_DAY}')
    return wanted


async def _count(replica: Replica, portal: Portal) -> dict[str, str | int]:
    lost = await replica.faults.never_stored(portal)
    return {"platform": portal.platform, "count": portal.count() - len(lost)}


async def _lines(portal: Portal, without: Collection[str]) -> AsyncIterator[str]:
    batch: list[str] = []
    for record in portal.truth():
        if record["platform_listing_id"] in without:
            continue
        batch.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
        if len(batch) == _TRUTH_BATCH:
            yield "".join(batch)
            batch.clear()
            # Pages are served between the batches.
            await asyncio.sleep(0)
    yield "".join(batch)


def _index_page(replica: Replica) -> str:
    doors = [f"{portal.hosts[0]}{door}" for portal in replica.portals.values() for door in portal.doors]
    links = "".join(f'<li><a href="/{escape(door)}">{escape(door)}</a></li>\n' for door in doors)
    truths = ("count", *(f"listings?platform={name}" for name in replica.portals), "day", "faults", "requests")
    truth = ", ".join(f'<a href="/_replica/{path}">{path}</a>' for path in truths)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Replica</title></head><body>\n'
        "<h1>Replica portals</h1>\n"
        f"<p>{replica.day.count:,} adverts of one made-up market, day {replica.day.day}.</p>\n"
        f"<ul>\n{links}</ul>\n<p>Truth: {truth}</p>\n</body></html>\n"
    )


class _Server(uvicorn.Server):
    """Says where it listens, once it really does."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


def serve(app: App, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serves until SIGINT or SIGTERM. `announce` gets the address. Raises ServiceError when the port is taken."""
    listener = listen(host, port, what="the replica")
    address = url_of(listener, host)
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    keep_quiet_about_broken_answers()
    # uvicorn raises the signal again when it is done; stopping on request is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    _Server(config, lambda: announce(address)).run(sockets=[listener])
