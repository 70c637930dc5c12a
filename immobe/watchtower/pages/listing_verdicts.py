"""What an operator says of two adverts: the same home, or not. It is kept, noted in the audit log, and obeyed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from immobe.errors import UnknownPlatform
from immobe.market.decisions import NotMatched, merge, split
from immobe.storage.properties import listing_number
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.detection import LONGEST_URL, detect
from immobe.watchtower.languages import N_
from immobe.watchtower.pages.forms import ShortText
from immobe.watchtower.pages.listing import ListingId, Platform
from immobe.watchtower.security.access import Operator
from immobe.watchtower.security.access import note as write_down

router = APIRouter(include_in_schema=False)
OtherListing = Annotated[str, Form(max_length=LONGEST_URL)]
SAME, NOT_SAME = "same-home", "other-home"
"""Actions of the audit log."""
_REFUSALS = (
    *(N_("No such advert is known."), N_("Give the address of an advert, or portal:number.")),
    *(N_("That is one advert, not two."), N_("One of them was not compared with others yet.")),
)


@router.post("/ui/listings/{platform}/{listing_id}/same")
def same(
    request: Request,
    backend: TheBackend,
    _: Operator,
    platform: Platform,
    listing_id: ListingId,
    other: OtherListing,
    note: ShortText = "",
) -> Response:
    """The properties of both become one."""
    listing, second = _two(backend.engine, platform, listing_id, other)
    with _compared():
        number = merge(backend.engine, listing, second, note.strip() or None)
    return _said(request, SAME, platform, listing_id, other, note, number)


@router.post("/ui/listings/{platform}/{listing_id}/not-same")
def not_same(
    request: Request,
    backend: TheBackend,
    _: Operator,
    platform: Platform,
    listing_id: ListingId,
    other: OtherListing,
    note: ShortText = "",
) -> Response:
    """The other advert leaves the property, and never comes back by itself."""
    _listing, second = _two(backend.engine, platform, listing_id, other)
    with _compared():
        number = split(backend.engine, second, note.strip() or None)
    return _said(request, NOT_SAME, platform, listing_id, other, note, number)


@contextmanager
def _compared() -> Iterator[None]:
    """Raises HTTPException (409) where matching has not seen them yet."""
    try:
        yield
    except NotMatched as error:
        raise HTTPException(409, "One of them was not compared with others yet.") from error


def _said(
    request: Request, action: str, platform: str, listing_id: str, other: str, note: str, number: int
) -> Response:
    told = {"listing": f"{platform}:{listing_id}", "other": other, "note": note.strip() or None, "property": number}
    write_down(request, action, told)
    return RedirectResponse(f"/ui/listings/{quote(platform, safe='')}/{quote(listing_id, safe='')}#adverts", 303)


def _two(engine: Engine, platform: str, listing_id: str, other: str) -> tuple[int, int]:
    """Their numbers. Raises HTTPException (404, 422), ServiceError."""
    first, second = listing_number(engine, platform, listing_id), listing_number(engine, *_named(other.strip()))
    if first is None or second is None:
        raise HTTPException(404, "No such advert is known.")
    if first == second:
        raise HTTPException(422, "That is one advert, not two.")
    return first, second


def _named(other: str) -> tuple[str, str]:
    """Platform and id of what an operator has typed. Raises HTTPException (422)."""
    if other.startswith(("https://", "http://")):
        try:
            found = detect(other)
        except UnknownPlatform:
            found = None
        if found and found.platform_listing_id:
            return found.platform, found.platform_listing_id
    platform, _, own = other.partition(":")
    if not platform or not own or own.startswith("//"):
        raise HTTPException(422, "Give the address of an advert, or portal:number.")
    return platform, own
