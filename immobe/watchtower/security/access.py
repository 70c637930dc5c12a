"""Who asks, and whether they may: an operator with a session, or a program with a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

from immobe.observability.correlation import current_fields
from immobe.storage import audit
from immobe.storage.api_keys import key_of
from immobe.storage.users import user_by_id
from immobe.watchtower.backend import TheBackend, backend_of
from immobe.watchtower.security import csrf
from immobe.watchtower.security.clients import client_address
from immobe.watchtower.security.keys import hash_of
from immobe.watchtower.security.sessions import session_of

# Only for the OpenAPI document: what it finds is looked at in `actor_of`.
_bearer = HTTPBearer(auto_error=False, description="A key of Watchtower: `Authorization: Bearer immobe_…`")
_WWW_AUTHENTICATE = {"WWW-Authenticate": 'Bearer realm="immobe"'}


@dataclass(frozen=True, slots=True)
class Actor:
    """An operator (`user_id`) or a program with a key (`key_id`)."""

    name: str
    may_operate: bool
    user_id: int | None = None
    key_id: int | None = None

    def __str__(self) -> str:
        """As the audit log names it."""
        return f"user:{self.name}" if self.key_id is None else f"key:{self.key_id} {self.name}"


def actor_of(request: Request, backend: TheBackend, _: Annotated[object, Depends(_bearer)]) -> Actor | None:
    """Who asks; None without a credential. Raises HTTPException (401) for a wrong key, ServiceError."""
    actor = _by_key(request, backend) or _by_session(request, backend)
    request.state.actor = actor
    return actor


def _by_key(request: Request, backend: TheBackend) -> Actor | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    found = key_of(backend.engine, hash_of(key.strip())) if scheme.lower() == "bearer" else None
    if found is None:
        raise HTTPException(401, "This key is not known, or no longer valid.", _WWW_AUTHENTICATE)
    return Actor(found.name, found.scope == "operate", key_id=found.id)


def _by_session(request: Request, backend: TheBackend) -> Actor | None:
    session = session_of(request)
    if session is None:
        return None
    user = user_by_id(backend.engine, session[0])
    if user is None or user.session_version != session[1]:
        return None
    return Actor(user.name, True, user_id=user.id)


Visitor = Annotated[Actor | None, Depends(actor_of)]
"""For pages and routes that anybody may ask: who asks, None for anybody."""


def reader(backend: TheBackend, actor: Visitor) -> Actor | None:
    """Who reads: anybody, or with WATCHTOWER_READ_ACCESS=credential those with one. Raises HTTPException (401)."""
    if actor is None and backend.config.watchtower_read_access == "credential":
        raise _credential_needed()
    return actor


async def credential(request: Request, actor: Visitor) -> Actor:
    """An operator or a key of any scope; of a session the form's token too. Raises HTTPException (401, 403)."""
    if actor is None:
        raise _credential_needed()
    if actor.user_id is not None and request.method not in {"GET", "HEAD"}:
        await csrf.check_csrf(request)
    return actor


def operator(actor: Annotated[Actor, Depends(credential)]) -> Actor:
    """One who may change something. Raises HTTPException (401, 403)."""
    may_operate(actor)
    return actor


def user(actor: Annotated[Actor, Depends(credential)]) -> Actor:
    """An operator in person: keys cannot make keys. Raises HTTPException (401, 403)."""
    if actor.user_id is None:
        raise HTTPException(403, "This takes an operator who is signed in, not a key.")
    return actor


def may_operate(actor: Actor) -> None:
    """Raises HTTPException (403) for a key that may only read."""
    if not actor.may_operate:
        raise HTTPException(403, "This takes a key with the scope operate.")


Reader = Annotated[Actor | None, Depends(reader)]
Credential = Annotated[Actor, Depends(credential)]
Operator = Annotated[Actor, Depends(operator)]
SignedIn = Annotated[Actor, Depends(user)]


def note(
    request: Request,
    action: str,
    details: Mapping[str, Any] | None = None,
    *,
    outcome: audit.Outcome = "done",
    actor: Actor | None = None,
) -> int:
    """Writes into the audit log what was done (or refused), and by whom: its number. Raises ServiceError."""
    return audit.note(
        backend_of(request).engine,
        str(actor or getattr(request.state, "actor", None) or "nobody"),
        action,
        outcome,
        details={name: value for name, value in (details or {}).items() if value is not None},
        address=client_address(request),
        correlation_id=current_fields().get("correlation_id"),
    )


def _credential_needed() -> HTTPException:
    return HTTPException(401, "This takes an operator who is signed in, or a key.", _WWW_AUTHENTICATE)
