"""The faults' own addresses under /_replica: what is in force, what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from immobe.errors import ConfigError
from immobe.replica.faults_book import RequestBook
from immobe.replica.faults_plan import FaultPlan
from immobe.replica.reply import Portal


def fault_routes(plan: FaultPlan, portals: Callable[[], Iterable[Portal]]) -> list[Route]:
    """GET and PUT /_replica/faults; GET and DELETE /_replica/requests."""

    async def faults(request: Request) -> Response:
        if request.method == "PUT":
            _change(plan, await _spec_of(request))
        lost = {portal.platform: sorted(await plan.never_stored(portal)) for portal in portals()}
        return JSONResponse({"spec": plan.spec, "given": dict(plan.given), "never_stored": lost})

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            plan.requests = RequestBook()
        return JSONResponse(plan.requests.report())

    return [
        Route("/_replica/faults", faults, methods=["GET", "PUT"]),
        Route("/_replica/requests", requests, methods=["GET", "DELETE"]),
    ]


def _change(plan: FaultPlan, spec: str) -> None:
    """Raises HTTPException with the text's mistake."""
    try:
        plan.change(spec)
    except ConfigError as error:
        raise HTTPException(422, str(error)) from None


async def _spec_of(request: Request) -> str:
    try:
        wanted = (await request.json())["spec"]
    except (ValueError, TypeError, KeyError):
        wanted = None
    if not isinstance(wanted, str):
        raise HTTPException(422, 'expected {"spec": "429=5%"}')
    return wanted
