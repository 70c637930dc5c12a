"""`/ui/saved`: searches that an operator keeps, what they found, and ending them from a message's link."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from immobe.alerts.composing import tell
from immobe.alerts.sealing import Seal
from immobe.storage import alert_matches, outbox, saved_searches
from immobe.storage.alert_channels import channels_of
from immobe.storage.saved_searches import SavedSearch, Wish
from immobe.watchtower.alert_letters import Letters, told_of
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.languages import N_, NAMES, language_of
from immobe.watchtower.pages.saved_forms import FREQUENCY_WORDS, KIND_WORDS, STATES, TheForm, spelled
from immobe.watchtower.rendering import render
from immobe.watchtower.security.access import Actor, SignedIn, Visitor, note
from immobe.watchtower.security.csrf import check_csrf
from immobe.watchtower.security.limits import limited
from immobe.watchtower.security.signing import secret_key
from immobe.watchtower.terms_words import terms_in_words

router = APIRouter(include_in_schema=False)
Limited = Annotated[None, Depends(limited("saved-searches"))]
MOST = 100
"""Results that a page shows."""
ENDED = {"pause": N_("It is paused."), "resume": N_("It tells what is new again."), "end": N_("It is deleted.")}


def seal_of(backend: Backend) -> Seal:
    """Opens channels and signs links."""
    return Seal(secret_key(backend.config))


def _owned(backend: TheBackend, actor: SignedIn, search_id: int) -> SavedSearch:
    """Raises HTTPException (404) for another operator's."""
    found = saved_searches.search_by_id(backend.engine, search_id, actor.user_id)
    if found is None:
        raise HTTPException(404, "You have no such saved search.")
    return found


Owned = Annotated[SavedSearch, Depends(_owned)]


@router.get("/ui/saved")
def saved(request: Request, backend: TheBackend, actor: SignedIn) -> Response:
    """All of them. With the filters of a list in the address: a form that saves them."""
    if request.url.query and not set(request.query_params) <= {"lang"}:
        return _new(request, backend, actor)
    searches = saved_searches.searches_of(backend.engine, actor.user_id)
    return render(
        request,
        "alerts/saved.html",
        searches=searches,
        news=alert_matches.news_of(backend.engine, actor.user_id or 0),
        terms={search.id: terms_in_words(search.terms, language_of(request)) for search in searches},
        frequencies=FREQUENCY_WORDS,
    )


def _new(request: Request, backend: Backend, actor: Actor) -> Response:
    try:
        terms, complaint = spelled(request.url.query), None
    except ValueError as error:
        terms, complaint = "", str(error)
    channels = tuple(channel.id for channel in channels_of(backend.engine, actor.user_id))
    wish = Wish(name="", terms=terms, language=language_of(request), channel_ids=channels)
    return _form(request, backend, actor, wish, complaint=complaint, status=422 if complaint else 200)


def _form(
    request: Request, backend: Backend, actor: Actor, wish: Any, *, complaint: str | None = None, status: int = 200
) -> Response:
    return render(
        request,
        "alerts/saved_form.html",
        status,
        wish=wish,
        search_id=getattr(wish, "id", None),
        terms=terms_in_words(wish.terms, language_of(request)) if not complaint else [],
        channels=channels_of(backend.engine, actor.user_id),
        complaint=complaint,
        kind_words=KIND_WORDS,
        frequencies=FREQUENCY_WORDS,
        names=NAMES,
    )


@router.post("/ui/saved")
def save(request: Request, backend: TheBackend, actor: SignedIn, _: Limited, form: TheForm) -> Response:
    """Keeps a new search."""
    try:
        wish = form.wish()
    except ValueError as error:
        return _form(request, backend, actor, form, complaint=str(error), status=422)
    number = saved_searches.add_search(backend.engine, actor.user_id or 0, wish)
    note(request, "save-search", {"search": number, "name": wish.name, "terms": wish.terms})
    return RedirectResponse(f"/ui/saved/{number}", 303)


@router.get("/ui/saved/{search_id}")
def one(request: Request, backend: TheBackend, search: Owned, looked: bool = False) -> Response:
    """What it found, and what is new since it was last looked at, which is now."""
    found = alert_matches.results(backend.engine, search.id, limit=MOST)
    saved_searches.visit_search(backend.engine, search.id)
    language = language_of(request)
    return render(
        request,
        "alerts/saved_one.html",
        search=search,
        terms=terms_in_words(search.terms, language),
        looked=looked,
        found=[(told_of(match, language), match["made_at"]) for match in found],
        sent=outbox.latest(backend.engine, search_id=search.id, limit=10),
        states=STATES,
        channels=[c for c in channels_of(backend.engine, search.user_id) if c.id in search.channel_ids],
        kind_words=KIND_WORDS,
        frequencies=FREQUENCY_WORDS,
    )


@router.get("/ui/saved/{search_id}/edit")
def edit(request: Request, backend: TheBackend, actor: SignedIn, search: Owned) -> Response:
    """The form."""
    return _form(request, backend, actor, search)


@router.post("/ui/saved/{search_id}")
def change(request: Request, backend: TheBackend, actor: SignedIn, search: Owned, form: TheForm) -> Response:
    """Changes it; with other filters it begins anew."""
    try:
        wish = form.wish()
    except ValueError as error:
        return _form(request, backend, actor, form, complaint=str(error), status=422)
    saved_searches.change_search(backend.engine, search.id, search.user_id, wish)
    note(request, "change-search", {"search": search.id, "name": wish.name, "terms": wish.terms})
    return RedirectResponse(f"/ui/saved/{search.id}", 303)


@router.post("/ui/saved/{search_id}/pause")
def pause(request: Request, backend: TheBackend, search: Owned) -> Response:
    """It tells nothing until it is resumed."""
    saved_searches.pause_search(backend.engine, search.id)
    note(request, "pause-search", {"search": search.id})
    return RedirectResponse(f"/ui/saved/{search.id}", 303)


@router.post("/ui/saved/{search_id}/resume")
def resume(request: Request, backend: TheBackend, search: Owned) -> Response:
    """It tells what is new from now on."""
    saved_searches.resume_search(backend.engine, search.id)
    note(request, "resume-search", {"search": search.id})
    return RedirectResponse(f"/ui/saved/{search.id}", 303)


@router.post("/ui/saved/{search_id}/run")
def run(request: Request, backend: TheBackend, search: Owned, _: Limited) -> Response:
    """Looks at what has changed now; what is to be sent, the sender sends."""
    tell(backend.engine, Letters(backend.config.watchtower_url, seal_of(backend)).write)
    note(request, "run-search", {"search": search.id})
    return RedirectResponse(f"/ui/saved/{search.id}?looked=true", 303)


@router.post("/ui/saved/{search_id}/delete")
def delete(request: Request, backend: TheBackend, search: Owned) -> Response:
    """With what it found, and its feeds."""
    saved_searches.delete_search(backend.engine, search.id)
    note(request, "delete-search", {"search": search.id, "name": search.name})
    return RedirectResponse("/ui/saved", 303)


def _of_link(backend: TheBackend, token: str) -> SavedSearch:
    """The search that a message's link is of. Raises HTTPException (404)."""
    number = seal_of(backend).search_of(token)
    found = None if number is None else saved_searches.search_by_id(backend.engine, number)
    if found is None:
        raise HTTPException(404, "There is no such alert, or not any more.")
    return found


OfLink = Annotated[SavedSearch, Depends(_of_link)]


@router.get("/alerts/{token}")
def of_link(request: Request, _: Visitor, token: str, search: OfLink) -> Response:
    """Where a message's link leads: to look at it changes nothing, for mail programs look at every link."""
    return render(request, "alerts/end.html", search=search, token=token, done=None)


async def _action(
    request: Request,
    action: Annotated[Literal["pause", "resume", "end"] | None, Form()] = None,
    one_click: Annotated[str, Form(alias="List-Unsubscribe")] = "",
) -> str:
    """What a button of the page says; or pausing, by a mail program's one click (RFC 8058): it has no cookie and no
    token of a form, and needs none, for it knows the link. Raises HTTPException."""
    if one_click == "One-Click":
        return "pause"
    await check_csrf(request)
    if action is None:
        raise HTTPException(422, "Say what to do: pause, resume or end.")
    return action


@router.post("/alerts/{token}")
def by_link(
    request: Request,
    backend: TheBackend,
    _: Visitor,
    token: str,
    action: Annotated[str, Depends(_action)],
    search: OfLink,
) -> Response:
    """Whoever has the message may pause or end its alert, without signing in."""
    act = {"pause": saved_searches.pause_search, "resume": saved_searches.resume_search}
    act.get(action, saved_searches.delete_search)(backend.engine, search.id)
    note(request, f"{action}-search-by-link", {"search": search.id, "name": search.name})
    return render(request, "alerts/end.html", search=search, token=token, done=ENDED[action])
