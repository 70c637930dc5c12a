"""CSRF tokens: a form is taken only with a token that belongs to the visitor's own cookie.

Signed double submit (OWASP, "Cross-Site Request Forgery Prevention", 2025): the cookie is random and out of reach for
scripts, the token is its signature, which nobody else can make. Sign-in and set-up forms have one too.
"""

from __future__ import annotations

import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from immobe.watchtower.security.cookies import set_cookie
from immobe.watchtower.security.signing import Signatures

COOKIE, FIELD, HEADER = "immobe_csrf", "csrf_token", "X-CSRF-Token"


def token_for(request: Request) -> str:
    """The token for forms of this answer; `keep_cookie` must be called for the answer."""
    cookie = request.cookies.get(COOKIE) or getattr(request.state, "csrf_cookie", None)
    if not cookie:
        cookie = request.state.csrf_cookie = secrets.token_urlsafe(32)
    signatures: Signatures = request.app.state.signatures
    return signatures.csrf_token(cookie)


def keep_cookie(request: Request, response: Response) -> None:
    """Sets the cookie that `token_for` has made, if any."""
    if cookie := getattr(request.state, "csrf_cookie", None):
        set_cookie(response, request, COOKIE, cookie)


def renew(request: Request, response: Response) -> None:
    """Another cookie: tokens from before are no longer valid."""
    set_cookie(response, request, COOKIE, secrets.token_urlsafe(32))


async def check_csrf(request: Request) -> None:
    """Raises HTTPException (403) unless the form field or header has the token."""
    token = request.headers.get(HEADER)
    if token is None and "form" in request.headers.get("content-type", ""):
        given = (await request.form()).get(FIELD)
        token = given if isinstance(given, str) else None
    signatures: Signatures = request.app.state.signatures
    cookie = request.cookies.get(COOKIE)
    if not cookie or not token or not signatures.is_csrf_token(token, cookie):
        raise HTTPException(403, "The form is too old, or was not made by this service: load the page again.")
