"""`/ui/feeds`: secret addresses for feed readers and calendars. An address is shown once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from immobe.geo.towns import municipality_name, municipality_nis
from immobe.storage import feed_links
from immobe.storage.saved_searches import search_by_id, searches_of
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.languages import N_, language_of
from immobe.watchtower.rendering import render
from immobe.watchtower.routes.feeds import HINT, new_token
from immobe.watchtower.security import shown_once
from immobe.watchtower.security.access import Actor, SignedIn, note
from immobe.watchtower.security.limits import limited

router = APIRouter(include_in_schema=False)
Limited = Annotated[None, Depends(limited("saved-searches"))]
NO_TOWN = N_("No municipality is called so.")


def _feeds(
    request: Request, backend: Backend, actor: Actor, status: int = 200, *, complaint: str | None = None,
    token: str | None = None,
) -> Response:  # fmt: skip
    user, language = actor.user_id or 0, language_of(request)
    searches = {search.id: search.name for search in searches_of(backend.engine, user)}
    links = feed_links.links_of(backend.engine, user)
    towns = {nis: municipality_name(nis, language) or nis for nis in (link.municipality_nis for link in links) if nis}
    base = backend.config.watchtower_url
    address = f"{base}/feeds/{token}" if token else None
    known = {"searches": searches, "links": links, "towns": towns, "complaint": complaint, "address": address}
    return render(request, "alerts/feeds.html", status, **known)


@router.get("/ui/feeds")
def feeds(request: Request, backend: TheBackend, actor: SignedIn) -> Response:
    """Those in use, and the forms; and once the address that was just made."""
    token = shown_once.secret_for(request, actor.user_id or 0)
    page = _feeds(request, backend, actor, token=token)
    if token:
        shown_once.is_shown(request, page)
    return page


@router.post("/ui/feeds")
def add(
    request: Request,
    backend: TheBackend,
    actor: SignedIn,
    _: Limited,
    search_id: Annotated[int | None, Form()] = None,
    municipality: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Makes an address, of a search of the operator's or of a municipality, which the page shows once."""
    nis = None
    if search_id is not None:
        if search_by_id(backend.engine, search_id, actor.user_id) is None:
            raise HTTPException(404, "You have no such saved search.")
    elif (nis := municipality_nis(municipality)) is None:
        return _feeds(request, backend, actor, 422, complaint=NO_TOWN)
    token, sha256 = new_token()
    number = feed_links.add_link(
        backend.engine,
        actor.user_id or 0,
        sha256,
        token[:HINT],
        language_of(request),
        search_id=search_id,
        municipality_nis=nis,
    )
    note(request, "add-feed", {"feed": number, "search": search_id, "municipality": nis})
    return shown_once.to_page_with(request, "/ui/feeds", actor.user_id or 0, token)


@router.post("/ui/feeds/{link_id}/revoke")
def revoke(request: Request, backend: TheBackend, actor: SignedIn, link_id: int) -> Response:
    """The address leads nowhere from now on."""
    if not feed_links.revoke_link(backend.engine, link_id, actor.user_id or 0):
        raise HTTPException(404, "You have no such feed.")
    note(request, "revoke-feed", {"feed": link_id})
    return RedirectResponse("/ui/feeds", 303)
