"""An operator's own: the password, and the keys of programs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from immobe.storage import users
from immobe.storage.api_keys import revoke_key, valid_keys
from immobe.storage.users import User
from immobe.watchtower.backend import Backend, TheBackend
from immobe.watchtower.languages import N_
from immobe.watchtower.pages.forms import Password, ShortText
from immobe.watchtower.rendering import render
from immobe.watchtower.security import passwords, shown_once
from immobe.watchtower.security.access import Actor, SignedIn, note
from immobe.watchtower.security.keys import new_key
from immobe.watchtower.security.limits import limited
from immobe.watchtower.security.sessions import begin_session

router = APIRouter(include_in_schema=False)
Limited = Annotated[None, Depends(limited("keys"))]


def _account(request: Request, backend: Backend, status: int = 200, **shown: object) -> Response:
    known = {"keys": valid_keys(backend.engine), "new_key": None, "complaint": None}
    return render(request, "account.html", status, **(known | shown))


def _user(backend: Backend, actor: Actor) -> User:
    found = users.user_by_id(backend.engine, actor.user_id or 0)
    if found is None:
        raise HTTPException(401, "This operator is no longer known.")
    return found


@router.get("/ui/account")
def account(request: Request, backend: TheBackend, actor: SignedIn) -> Response:
    """Keys that are in use, and the forms; and once a key that was just made."""
    key = shown_once.secret_for(request, actor.user_id or 0)
    page = _account(request, backend, new_key=key)
    if key:
        shown_once.is_shown(request, page)
    return page


@router.post("/ui/account/password")
def change_password(
    request: Request,
    backend: TheBackend,
    actor: SignedIn,
    _: Limited,
    current: Password,
    password: Password,
    again: Password,
) -> Response:
    """Ends all other sessions of this operator."""
    user = _user(backend, actor)
    complaint = passwords.complaint_of(password, again, user.name)
    if not passwords.matches(current, user.password_hash):
        complaint = N_("The current password is another one.")
    if complaint:
        return _account(request, backend, 422, complaint=complaint)
    changed = users.change_password(backend.engine, user.id, passwords.hashed(password))
    note(request, "change-password")
    response = RedirectResponse("/ui/account", 303)
    if changed is not None:
        begin_session(request, response, changed)
    return response


@router.post("/ui/account/keys")
def add_key(
    request: Request,
    backend: TheBackend,
    actor: SignedIn,
    _: Limited,
    name: ShortText,
    scope: Annotated[Literal["read", "operate"], Form()] = "read",
    days: Annotated[int | None, Form(ge=1, le=3650)] = None,
) -> Response:
    """Makes a key, which the page shows once."""
    kept, key = new_key(backend.engine, name.strip() or "unnamed", scope, user_id=actor.user_id, days=days)
    note(request, "add-key", {"key": kept.id, "name": kept.name, "scope": scope, "days": days})
    return shown_once.to_page_with(request, "/ui/account", actor.user_id or 0, key)


@router.post("/ui/account/keys/{key_id}/revoke")
def end_key(request: Request, backend: TheBackend, _: SignedIn, key_id: int) -> Response:
    """Ends a key for good."""
    if not revoke_key(backend.engine, key_id):
        raise HTTPException(404, "There is no such key in use.")
    note(request, "revoke-key", {"key": key_id})
    return RedirectResponse("/ui/account", 303)
