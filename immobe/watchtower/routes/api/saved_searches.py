"""Saved searches: an operator's own, also through the operator's keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
)
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from immobe.items import Amount
from immobe.storage import saved_searches as saved
from immobe.storage.api_keys import maker_of
from immobe.storage.saved_searches import SavedSearch, Wish
from immobe.storage.search_terms import SearchTerms
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.bodies import Flag, NoNumber, body_of, documented
from immobe.watchtower.problems import responses
from immobe.watchtower.routes.api.answers import NOT_MODIFIED, answer
from immobe.watchtower.security.access import Actor, Credential, Operator, note
from immobe.watchtower.security.limits import limited

router = APIRouter(prefix="/saved-searches")
_LONGEST_TERMS = 8000
_MOST = 2**53 - 1  # of numbers in JSON
_ITS_NUMBER = {"search_id": "$response.body#/id"}
_LINKS: dict[int | str, dict[str, Any]] = {
    201: {
        "links": {
            name: {"operationId": f"{name}_search", "parameters": _ITS_NUMBER} for name in ("read", "change", "forget")
        }
    }
}
Kind = Literal["new", "also", "drop", "back", "status"]
Limited = Annotated[None, Depends(limited("saved-searches"))]
SearchNumber = Annotated[int, Path(ge=1, le=_MOST, examples=[3])]


def _spelled(terms: str) -> str:
    """The one spelling of the search. Raises ValueError for what is none."""
    try:
        return SearchTerms.from_query_string(terms).query_string()
    except ValidationError as error:
        raise ValueError(
            "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        ) from None


Terms = Annotated[
    str,
    Field(max_length=_LONGEST_TERMS),
    AfterValidator(_spelled),
    WithJsonSchema({"type": "string", "format": "search-terms", "maxLength": _LONGEST_TERMS}),
]
Name = Annotated[str, Field(pattern=r"^[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]{0,98}[^\x00-\x20\x7f])?$", max_length=100)]
Percent = Annotated[
    Decimal,
    Field(ge=0, le=100, allow_inf_nan=False, multiple_of=Decimal("0.01")),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.01}),
]
Clock = Annotated[
    time,
    NoNumber,
    PlainSerializer(lambda clock: clock.strftime("%H:%M"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]


class Quiet(BaseModel):
    """Times of a day in Belgium between which nothing is sent; over midnight when `until` is the earlier."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"from": "22:00", "until": "07:00"}]})

    begins: Clock = Field(alias="from")
    until: Clock


class SearchChanges(BaseModel):
    """What is to be another; what is not named stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"paused": True}]})

    name: Name = ""
    terms: Terms = ""
    language: Literal["en", "fr", "nl"] = "en"
    kinds: list[Kind] = Field(["new", "also", "drop", "back", "status"], max_length=5)
    price_drop_percent: Percent = Decimal(5)
    frequency: Literal["instant", "daily", "weekly"] = "instant"
    digest_hour: int = Field(8, ge=0, le=23, description="Of a day in Belgium.")
    digest_weekday: int = Field(0, ge=0, le=6, description="0 is Monday.")
    quiet: Quiet | None = None
    channel_ids: list[Annotated[int, Field(ge=1, le=_MOST)]] = Field([], max_length=50, description="Of your own.")
    paused: Flag = False


class NewSearch(SearchChanges):
    """A search to be kept. `terms` are the parameters of `/api/v1/listings`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Namur", "terms": "province=namur&max_price_eur=300000"}]}
    )

    name: Name
    terms: Terms


class KeptSearch(BaseModel):
    """A saved search."""

    id: int
    name: str = Field(examples=["Namur"])
    terms: str = Field(examples=["province=namur&max_price_eur=300000"])
    language: str
    kinds: list[str] = Field(examples=[["new", "drop"]])
    price_drop_percent: Amount
    frequency: str = Field(examples=["instant"])
    digest_hour: int
    digest_weekday: int
    quiet: Quiet | None
    channel_ids: list[int]
    paused_at: datetime | None
    created_at: datetime


class KeptSearches(BaseModel):
    """By name."""

    items: list[KeptSearch]


def owner(backend: TheBackend, actor: Credential) -> int:
    """The operator who asks, or who made the key. Raises HTTPException (403) for a key that nobody made."""
    return _owner(backend, actor)


def changing_owner(backend: TheBackend, actor: Operator) -> int:
    """Likewise, who may change something."""
    return _owner(backend, actor)


def _owner(backend: Backend, actor: Actor) -> int:
    found = actor.user_id if actor.key_id is None else maker_of(backend.engine, actor.key_id)
    if found is None:
        raise HTTPException(403, "This key belongs to no operator, and only operators keep searches.")
    return found


Owner = Annotated[int, Depends(owner)]
ChangingOwner = Annotated[int, Depends(changing_owner)]


@router.get("", response_model=KeptSearches, responses={**NOT_MODIFIED, **responses(403)})
def saved_searches(request: Request, backend: TheBackend, user: Owner) -> Response:
    """Your own, by name."""
    return answer(request, {"items": [_shown(one) for one in saved.searches_of(backend.engine, user)]})


@router.post(
    "",
    response_model=KeptSearch,
    status_code=201,
    responses={**_LINKS, **responses(400, 403, 415, 429)},
    openapi_extra=documented(NewSearch, forms=False),
)
def keep_search(
    request: Request,
    backend: TheBackend,
    user: ChangingOwner,
    body: Annotated[NewSearch, Depends(body_of(NewSearch))],
    _: Limited,
) -> Response:
    """Keeps a search. It tells what is new from now on."""
    number = saved.add_search(backend.engine, user, Wish(**_wish(body)))
    if body.paused:
        saved.pause_search(backend.engine, number)
    note(request, "save-search", {"search": number, "name": body.name})
    kept = _shown(_found(backend, number, user))
    headers = {"Location": f"/api/v1/saved-searches/{number}"}
    return JSONResponse(KeptSearch.model_validate(kept).model_dump(mode="json", by_alias=True), 201, headers)


@router.get(
    "/{search_id}",
    response_model=KeptSearch,
    operation_id="read_search",
    responses={**NOT_MODIFIED, **responses(403, 404)},
)
def saved_search(request: Request, backend: TheBackend, user: Owner, search_id: SearchNumber) -> Response:
    """One of your own."""
    return answer(request, _shown(_found(backend, search_id, user)))


@router.patch(
    "/{search_id}",
    response_model=KeptSearch,
    operation_id="change_search",
    responses=responses(400, 403, 404, 415, 429),
    openapi_extra=documented(SearchChanges, forms=False, required=False),
)
def change_search(
    request: Request,
    backend: TheBackend,
    user: ChangingOwner,
    search_id: SearchNumber,
    body: Annotated[SearchChanges, Depends(body_of(SearchChanges))],
    _: Limited,
) -> Response:
    """Changes what the body names. With other terms it begins anew: it tells what is new from now on."""
    before = _found(backend, search_id, user)
    wish = Wish(**{name: getattr(before, name) for name in Wish.__dataclass_fields__})
    changes = {name: value for name, value in _wish(body).items() if name in _named(body)}
    if changes:
        saved.change_search(backend.engine, search_id, user, replace(wish, **changes))
    if "paused" in body.model_fields_set:
        (saved.pause_search if body.paused else saved.resume_search)(backend.engine, search_id)
    note(request, "change-search", {"search": search_id, "changed": sorted(body.model_fields_set)})
    return answer(request, _shown(_found(backend, search_id, user)))


@router.delete(
    "/{search_id}",
    status_code=204,
    response_class=Response,
    operation_id="forget_search",
    responses=responses(403, 404, 429),
)
def forget_search(
    request: Request, backend: TheBackend, user: ChangingOwner, search_id: SearchNumber, _: Limited
) -> Response:
    """Deletes it with what it has told."""
    found = _found(backend, search_id, user)
    saved.delete_search(backend.engine, search_id)
    note(request, "delete-search", {"search": search_id, "name": found.name})
    return Response(status_code=204)


def _found(backend: Backend, search_id: int, user: int) -> SavedSearch:
    found = saved.search_by_id(backend.engine, search_id, user)
    if found is None:
        raise HTTPException(404, f"You have no saved search {search_id}.")
    return found


def _wish(body: SearchChanges) -> dict[str, Any]:
    quiet = body.quiet
    plain = {name: getattr(body, name) for name in SearchChanges.model_fields if name not in ("quiet", "paused")}
    lists = {"kinds": tuple(dict.fromkeys(body.kinds)), "channel_ids": tuple(body.channel_ids)}
    times = {"quiet_from": quiet.begins if quiet else None, "quiet_until": quiet.until if quiet else None}
    return plain | lists | times


def _named(body: SearchChanges) -> set[str]:
    """The fields of a `Wish` that the body names."""
    quiet = {"quiet_from", "quiet_until"} if "quiet" in body.model_fields_set else set()
    return body.model_fields_set | quiet


def _shown(search: SavedSearch) -> Mapping[str, Any]:
    begins, until = search.quiet_from, search.quiet_until
    quiet = {"from": f"{begins:%H:%M}", "until": f"{until:%H:%M}"} if begins and until else None
    told = (name for name in KeptSearch.model_fields if name != "quiet")
    return {**{name: getattr(search, name) for name in told}, "quiet": quiet}
