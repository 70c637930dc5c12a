"""`/ui/listings`: listings in a list, by filters that are all in the address."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import Engine
from starlette.responses import RedirectResponse, Response

from immobe.items import PropertySubtype
from immobe.platforms import PLATFORMS
from immobe.storage import facets, search
from immobe.storage.card_facts import with_card_facts
from immobe.storage.keeping import kept
from immobe.storage.search import Counted
from immobe.storage.search_terms import SearchTerms
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.languages import N_, language_of
from immobe.watchtower.pages.listings_active import active, wider
from immobe.watchtower.pages.listings_asked import Asked, asked
from immobe.watchtower.pages.listings_places import Town, towns_like
from immobe.watchtower.rendering import is_part, render
from immobe.watchtower.security.access import Reader

router = APIRouter(include_in_schema=False)
FIELDS = tuple(name for name in search.FIELDS if name not in {"description", "image_urls", "missing", "raw", "title"})
RESULTS = "results"
"""The element that is exchanged when a filter changes."""

ORDERS = {
    "-first_seen_at": N_("Newest"),
    "price_eur": N_("Lowest price"),
    "-price_eur": N_("Highest price"),
    "price_per_m2_eur": N_("Lowest price per m²"),
    "-price_per_m2_eur": N_("Highest price per m²"),
    "-living_area_m2": N_("Largest living area"),
    "-land_area_m2": N_("Largest plot"),
    "-bedroom_count": N_("Most bedrooms"),
    "epc_kwh_m2_year": N_("Least energy"),
    "-days_on_market": N_("Longest on the market"),
    "-last_seen_at": N_("Last seen"),
    "postal_code": N_("Postal code"),
}
"""Orders that are offered; the others of `immobe.storage.search.ORDERS` are taken too."""


@router.get("/ui/listings")
def listings(request: Request, backend: TheBackend, _: Reader) -> Response:
    """A page of them; its results alone for the form's own requests."""
    question = asked(request.url.path, request.query_params)
    return spelled_better(request, question) or answer(request, question, "listings/list", found(backend, question))


@router.get("/ui/listings/places")
def places(request: Request, _: Reader, place: Annotated[str, Query(max_length=100)] = "") -> Response:
    """Municipalities to choose from, as options of the field."""
    return render(request, "listings/places.html", towns=towns_like(place, language_of(request)))


def spelled_better(request: Request, question: Asked) -> Response | None:
    """A redirection to the one spelling of what a form has sent with empty fields, or with a place by its name."""
    clumsy = any(not value for value in question.given.values()) or "place" in question.given
    if is_part(request) or not clumsy or question.wrong or "lang" in question.given:
        return None
    return RedirectResponse(question.address(), 303)


def found(
    backend: TheBackend, question: Asked, terms: SearchTerms | None = None, counted: Counted | None = None
) -> dict[str, Any]:
    """What the templates tell of the listings that are asked for, or of those within other terms."""
    if question.wrong:
        return {"rows": [], "count": None, "following": None, "facets": {}, "wider": []}
    engine, asked_for = backend.engine, (terms or question.terms).search(question.order)
    size = backend.config.watchtower_listings_page_size
    page = search.page(engine, asked_for, fields=FIELDS, limit=size, after=question.position())
    return {
        "rows": with_card_facts(engine, page.rows),
        "count": counted or search.count(engine, asked_for),
        "following": question.following(page.last),
        "facets": _facets(engine, asked_for.terms.query_string()),
        "wider": [] if page.rows else wider(engine, question),
    }


@kept(256)
def _facets(engine: Engine, query: str) -> dict[str, dict[str, Counted]]:
    """Half of what a page costs; who pages, sorts or changes the view asks for the same ones again."""
    return facets.counts(engine, SearchTerms.from_query_string(query).search())


def _choices(request: Request, question: Asked) -> list[Town]:
    """Municipalities that a place may mean that is not understood."""
    return towns_like(question.given["place"], language_of(request)) if "place" in question.wrong else []


def answer(request: Request, question: Asked, template: str, told: dict[str, Any], **more: Any) -> Response:
    """The whole page, or what its form exchanges; 422 when something asked for cannot be understood."""
    part = is_part(request) and request.headers.get("hx-target") == RESULTS
    page = render(
        request,
        f"{template}_part.html" if part else f"{template}.html",
        422 if question.wrong else 200,
        asked=question,
        values=question.values(),
        active=active(question.terms),
        choices=_choices(request, question),
        platforms=sorted(PLATFORMS),
        subtypes=[str(subtype) for subtype in PropertySubtype],
        orders=ORDERS,
        **told,
        **more,
    )
    if part and not question.wrong:
        # A map that is moved is still the same stop of a journey.
        kept = "HX-Replace-Url" if request.headers.get("x-map-moved") else "HX-Push-Url"
        page.headers[kept] = question.address(cursor=question.cursor)
    return page
