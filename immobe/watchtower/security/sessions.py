"""Sessions: a signed cookie that names the operator and the version of their sessions."""

from __future__ import annotations

from itsdangerous import BadData
from starlette.requests import Request
from starlette.responses import Response

from immobe.storage.users import User
from immobe.watchtower.backend import backend_of
from immobe.watchtower.security import csrf
from immobe.watchtower.security.cookies import drop_cookie, set_cookie
from immobe.watchtower.security.signing import Signatures

COOKIE = "immobe_session"


def begin_session(request: Request, response: Response, user: User) -> None:
    """The browser is this operator's from now on; forms from before are no longer taken."""
    signatures: Signatures = request.app.state.signatures
    value = signatures.sessions.dumps([user.id, user.session_version])
    assert isinstance(value, str)  # noqa: S101 - it is the URL-safe serializer
    set_cookie(response, request, COOKIE, value, _seconds(request))
    csrf.renew(request, response)


def end_session(request: Request, response: Response) -> None:
    """The browser forgets it; `users.sign_out` makes copies of it worthless."""
    drop_cookie(response, request, COOKIE)
    csrf.renew(request, response)


def session_of(request: Request) -> tuple[int, int] | None:
    """(user id, session version) of a cookie that we signed and that is not too old; both are to be looked up."""
    signatures: Signatures = request.app.state.signatures
    try:
        user_id, version = signatures.sessions.loads(request.cookies.get(COOKIE, ""), max_age=_seconds(request))
    except (BadData, ValueError, TypeError):
        return None
    return user_id, version


def _seconds(request: Request) -> int:
    return round(backend_of(request).config.watchtower_session_hours * 3600)
