"""Signing in and out, and the set-up of the first operator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from immobe.storage import users
from immobe.storage.users import User
from immobe.watchtower.backend import TheBackend
from immobe.watchtower.languages import N_
from immobe.watchtower.pages.forms import Password, ShortText, own_path
from immobe.watchtower.rendering import render
from immobe.watchtower.security import passwords
from immobe.watchtower.security.access import Actor, SignedIn, Visitor, note
from immobe.watchtower.security.csrf import check_csrf
from immobe.watchtower.security.keys import hash_of
from immobe.watchtower.security.limits import RateLimits, limited
from immobe.watchtower.security.sessions import begin_session, end_session

router = APIRouter(include_in_schema=False)
FromOurForm = Depends(check_csrf)


@router.get("/ui/sign-in")
def sign_in_form(request: Request, _: Visitor, next: str = "/ui") -> Response:  # noqa: A002 - the parameter's name
    """The form."""
    return render(request, "sign_in.html", next=own_path(next), name="", complaint=None)


@router.post("/ui/sign-in", dependencies=[FromOurForm])
def sign_in(
    request: Request,
    backend: TheBackend,
    name: ShortText,
    password: Password,
    next: ShortText = "/ui",  # noqa: A002
) -> Response:
    """Begins a session; a wrong name and a wrong password look alike."""
    request.state.account = name
    limits: RateLimits = request.app.state.limits
    limits.check("sign-in", request)
    user = users.user_named(backend.engine, name)
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        # A name that nobody has may be a password, typed into the wrong field.
        note(request, "sign-in", {"name": name if user else None}, outcome="refused")
        complaint = "wrong"
        return render(request, "sign_in.html", 401, next=own_path(next), name=name, complaint=complaint)
    better = passwords.hashed(password) if passwords.outdated(user.password_hash) else None
    users.note_sign_in(backend.engine, user.id, better)
    note(request, "sign-in", actor=_actor(user))
    return _signed_in(request, user, own_path(next))


@router.post("/ui/sign-out")
def sign_out(request: Request, backend: TheBackend, actor: SignedIn) -> Response:
    """Ends all sessions of this operator, in every browser."""
    if actor.user_id is not None:
        users.sign_out(backend.engine, actor.user_id)
    note(request, "sign-out")
    response = RedirectResponse("/ui/sign-in", 303)
    end_session(request, response)
    return response


def _without_operators(backend: TheBackend) -> None:
    """The set-up exists only until there is an operator."""
    if users.any_user(backend.engine):
        raise HTTPException(404, "This Watchtower is set up.")


Unset = Annotated[None, Depends(_without_operators)]


@router.get("/ui/set-up")
def set_up_form(request: Request, _: Unset) -> Response:
    """The form."""
    return render(request, "set_up.html", name="", complaint=None)


@router.post("/ui/set-up", dependencies=[FromOurForm, Depends(limited("set-up"))])
def set_up(
    request: Request,
    backend: TheBackend,
    _: Unset,
    token: ShortText,
    name: ShortText,
    password: Password,
    again: Password,
) -> Response:
    """Makes the first operator, with the token that the first start has printed."""
    name = name.strip()
    complaint = _complaint(name, password, again)
    user = None if complaint else users.first_user(
        backend.engine, name, passwords.hashed(password), hash_of(token.strip())
    )  # fmt: skip
    if user is None:
        return render(request, "set_up.html", 422, name=name, complaint=complaint or N_("The token is not valid."))
    note(request, "set-up", actor=_actor(user))
    return _signed_in(request, user, "/ui")


def _complaint(name: str, password: str, again: str) -> str | None:
    if not name or not name.isprintable():
        return N_("A name is needed.")
    return passwords.complaint_of(password, again, name)


def _actor(user: User) -> Actor:
    return Actor(user.name, True, user_id=user.id)


def _signed_in(request: Request, user: User, target: str) -> Response:
    response = RedirectResponse(target, 303)
    begin_session(request, response, user)
    return response
