"""What the address of a list or a map asks for: read leniently: an old or a wrong address makes a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from immobe.geo.towns import municipality_nis
from immobe.storage.search import ORDERS, Position
from immobe.storage.search_terms import SearchTerms
from immobe.watchtower.languages import N_
from immobe.watchtower.pages.listings_places import towns_begun
from immobe.watchtower.routes.api import cursors

ORDER = "-first_seen_at"
OWN = ("sort", "view", "cursor", "place", "zoom", "lang")
"""Parameters of the pages beside those of `SearchTerms`."""
VIEWS = {"/ui/listings": ("cards", "table"), "/ui/map": ("map", "list")}
"""{page: its views, the usual one first}."""
_LISTED = {name for name, each in SearchTerms.model_fields.items() if isinstance(each.default, list)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`terms` hold what could be understood; `wrong` says of each parameter that could not, why, in English."""

    path: str
    terms: SearchTerms = field(default_factory=SearchTerms)
    order: str = ORDER
    view: str
    cursor: str | None = None
    given: QueryParams = field(default_factory=QueryParams)
    wrong: dict[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    """Parameters that mean nothing here."""

    def position(self) -> Position | None:
        """Where the page begins; None for the first. A cursor of another search leads to the first page."""
        if self.cursor is None:
            return None
        try:
            return cursors.decode(self.cursor, self.order, self.terms.query_string())
        except HTTPException:
            return None

    def following(self, position: Position | None) -> str | None:
        """The cursor of the page that begins there."""
        return None if position is None else cursors.encode(position, self.order, self.terms.query_string())

    def query(self, **changes: Any) -> str:
        """The one spelling of the terms, with others if given, and of the order."""
        order = changes.pop("sort", self.order)
        return _joined([self.terms.query_string(**changes), f"sort={order}" if order != ORDER else ""])

    def address(self, *, view: str | None = None, cursor: str | None = None, **changes: Any) -> str:
        """Of this page with other terms, order or view; the first page of results unless a cursor is given."""
        shown = view or self.view
        parts = [self.query(**changes), f"view={shown}" if shown != VIEWS[self.path][0] else ""]
        query = _joined([*parts, f"cursor={cursor}" if cursor else ""])
        return f"{self.path}?{query}" if query else self.path

    def values(self) -> dict[str, list[str]]:
        """What each field of the form holds: as it was given where that is wrong."""
        right = parse_qs(self.terms.query_string(stage=self.terms.stage))
        return right | {name: self.given.getlist(name) for name in self.wrong}


def asked(path: str, given: QueryParams) -> Asked:
    """What `given` asks of the page at `path`. A place that is named becomes its municipality or postal code."""
    views = VIEWS[path]
    wrong: dict[str, str] = {}
    values = _values(given) | _place(given, wrong)
    if given.get("place"):
        values.pop("bbox", None)  # the map goes to the place
    order = given.get("sort") or ORDER
    if order.removeprefix("-") not in ORDERS:
        wrong["sort"], order = N_("There is no such order."), ORDER
    view = given.get("view") or views[0]
    return Asked(
        path=path,
        terms=_terms(values, wrong),
        order=order,
        view=view if view in views else views[0],
        cursor=given.get("cursor") or None,
        given=given,
        wrong=wrong,
        unknown=tuple(sorted({name for name in given if name not in SearchTerms.model_fields and name not in OWN})),
    )


def _values(given: QueryParams) -> dict[str, Any]:
    """Those of `SearchTerms` that are given, as it takes them."""
    names = [name for name in SearchTerms.model_fields if name in given]
    values: dict[str, Any] = {
        name: [value for value in given.getlist(name) if value] if name in _LISTED else given[name].strip()
        for name in names
    }
    if "first_seen_since" in values:
        values["first_seen_since"] = _moment(values["first_seen_since"])
    return values


def _moment(text: str) -> str:
    """A day, as a form sends it, is its first moment in Belgium.

    >>> _moment("2026-11-02"), _moment("soon")
    ('2026-11-02T00:00:00+01:00', 'soon')
    """
    try:
        return datetime.combine(date.fromisoformat(text), time(), ZoneInfo("Europe/Brussels")).isoformat()
    except ValueError:
        return text


def _place(given: QueryParams, wrong: dict[str, str]) -> dict[str, list[str]]:
    """The filters that a place in the visitor's words makes, beside those that are there."""
    name = given.get("place", "").strip()
    if not name:
        return {}
    kind, codes = ("postal_code", [name]) if name.isdecimal() else ("municipality_nis", _towns(name))
    if not codes:
        wrong["place"] = N_("No municipality is called that. Try its full name, or a postal code.")
    elif len(codes) > 1:
        wrong["place"] = N_("More than one municipality begins like that. Choose one, or write more of its name.")
    return {} if "place" in wrong else {kind: sorted({*(v for v in given.getlist(kind) if v), *codes})}


def _towns(name: str) -> list[str]:
    """The municipality of that name; without one, all whose names begin like that."""
    exact = municipality_nis(name)
    return [exact] if exact else towns_begun(name)


def _terms(values: dict[str, Any], wrong: dict[str, str]) -> SearchTerms:
    """Of what is valid; what is not goes into `wrong`."""
    try:
        return SearchTerms.model_validate(values)
    except ValidationError as error:
        names = {str(each["loc"][0]): each for each in error.errors() if each["loc"]}
    wrong.update({name: _why(each["type"]) for name, each in names.items()})
    return SearchTerms.model_validate({name: value for name, value in values.items() if name not in names})


def _why(kind: str) -> str:
    if "parsing" in kind or kind in {"int_from_float", "decimal_type"}:
        return N_("This is no number.")
    if kind.startswith(("greater", "less", "decimal")):
        return N_("This number is out of reach.")
    if kind in {"enum", "literal_error"}:
        return N_("There is no such choice.")
    return N_("This cannot be understood.")


def _joined(parts: Iterable[str]) -> str:
    return "&".join(part for part in parts if part)
