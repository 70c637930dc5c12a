"""`/ui/map`: the listings of a search that lie in a part of the map, there and in a list beside it."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from math import log2
from typing import Any

import belgica
from fastapi import APIRouter, Request
from starlette.responses import Response

from immobe.geo.towns import municipality_nis
from immobe.storage import search
from immobe.storage.on_map import OnMap, on_map
from immobe.storage.search import Counted
from immobe.storage.search_terms import SearchTerms
from immobe.storage.search_values import parse_box, parse_ring
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.languages import language_of
from immobe.watchtower.pages.listings import answer, found, spelled_better
from immobe.watchtower.pages.listings_asked import Asked, asked
from immobe.watchtower.security.access import Reader
from immobe.watchtower.words import VALUES

router = APIRouter(include_in_schema=False)
BELGIUM = "2.5,49.45,6.45,51.55"
"""West, south, east, north: what a map shows of a search without a box."""
_WIDTH_TILES = 3
_FRANCOPHONE = {"03000", "04000"}
_FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/ui/map")
def listings_map(request: Request, backend: TheBackend, _: Reader) -> Response:
    """One set of listings: those of the search that have coordinates within the box of the map."""
    question = asked(request.url.path, request.query_params)
    better = spelled_better(request, question)
    if better is not None:
        return better
    terms = question.terms if question.terms.bbox else question.terms.changed(bbox=BELGIUM)
    shown = None if question.wrong else on_map(backend.engine, terms.search(), _zoom(request, terms))
    told = found(backend, question, terms, shown.count if shown else None)
    everywhere = None if shown is None or question.terms.bbox else search.count(backend.engine, question.terms.search())
    config, language = backend.config, language_of(request)
    return answer(
        request,
        question,
        "listings/map",
        told,
        shown=_shown(question, shown),
        unplaced=_more(everywhere, shown.count if shown else None),
        tiles=config.map_tiles_url,
        attribution=config.map_tiles_attribution,
        outlines=f"/ui/map/outlines/{language}.json?v={_version(language)}",
        types=sorted(VALUES["property_type"]),
    )


@router.get("/ui/map/outlines/{language}.json")
def outlines(request: Request, language: str) -> Response:
    """The borders of Belgium, its regions and provinces, and names of towns: `scripts/build_outlines.py`."""
    headers = {"Cache-Control": _FOR_EVER if "v" in request.query_params else "no-cache"}
    return Response(
        _outlines(language if language in {"fr", "nl"} else "en"), headers=headers, media_type="application/json"
    )


def _more(everywhere: Counted | None, here: Counted | None) -> int:
    """How many listings of the whole search no map can show; 0 where that is not known exactly."""
    if everywhere is None or here is None or not (everywhere.is_exact and here.is_exact):
        return 0
    return everywhere.n - here.n


def _zoom(request: Request, terms: SearchTerms) -> int:
    """As the browser says; else that of a map a few tiles wide which shows the box."""
    told = request.query_params.get("zoom", "")
    if told.isdecimal() and len(told) < 3:
        return int(told)
    box = parse_box(terms.bbox or BELGIUM)
    return round(log2(360 * _WIDTH_TILES / max(float(box.east - box.west), 0.001)))


def _shown(question: Asked, on: OnMap | None) -> dict[str, Any]:
    """For the script: [latitude, longitude, platform, id, price, how exact, sale or rent, type], and clusters as
    [latitude, longitude, count, whether it is exact, lowest price]."""
    ring = question.terms.polygon
    told: dict[str, Any] = {
        "box": question.terms.bbox,
        "ring": [[float(y), float(x)] for x, y in parse_ring(ring)] if ring else None,
        "points": [],
        "clusters": [],
        "count": None,
    }
    if on is not None:
        told["count"] = on.count.n
        told["points"] = [
            [float(p.latitude), float(p.longitude), p.platform, p.platform_listing_id, _number(p.price_eur), *p[6:]]
            for p in on.points
        ]
        told["clusters"] = [
            [round(c.latitude, 5), round(c.longitude, 5), c.size.n, c.size.is_exact, _number(c.min_price_eur)]
            for c in on.clusters
        ]
    return told


def _number(amount: Any) -> float | None:
    return None if amount is None else float(amount)


@cache
def _outlines(language: str) -> bytes:
    """With each town's name in the language, in English in that of the place; the largest towns first."""
    known = json.loads((files("immobe.geo") / "data/outlines.json").read_text(encoding="utf-8"))
    towns = [(municipality_nis(town[0]) or "", *town) for town in known["towns"]]
    towns.sort(key=lambda town: -len(belgica.get_cantons_for_municipality(town[0])))  # a large town has several
    known["towns"] = [
        [fr if language == "fr" or (language == "en" and _is_francophone(nis)) else nl, latitude, longitude]
        for nis, fr, nl, longitude, latitude in towns
    ]
    return json.dumps(known, ensure_ascii=False, separators=(",", ":")).encode()


def _is_francophone(nis: str) -> bool:
    town = belgica.get_municipality(nis)
    return town is not None and town["region"] in _FRANCOPHONE


@cache
def _version(language: str) -> str:
    return sha256(_outlines(language)).hexdigest()[:12]
