"""A secret on its way over a redirection to the page that shows it once: in a signed cookie that the page takes away.

So the page can be loaded again without making another secret, and shows nothing then.
"""

from __future__ import annotations

from itsdangerous import BadData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from immobe.watchtower.security.cookies import drop_cookie, set_cookie
from immobe.watchtower.security.signing import Signatures

COOKIE = "immobe_shown_once"
_SECONDS = 60


def to_page_with(request: Request, path: str, user_id: int, secret: str) -> Response:
    """Leads to the page at `path`, which shows the secret to this operator."""
    signatures: Signatures = request.app.state.signatures
    response = RedirectResponse(path, 303)
    set_cookie(response, request, COOKIE, str(signatures.shown_once.dumps([path, user_id, secret])), _SECONDS)
    return response


def secret_for(request: Request, user_id: int) -> str | None:
    """What this page is to show to this operator; call `is_shown` for the answer. None when there is nothing."""
    signatures: Signatures = request.app.state.signatures
    try:
        path, owner, secret = signatures.shown_once.loads(request.cookies.get(COOKIE, ""), max_age=_SECONDS)
    except (BadData, ValueError, TypeError):
        return None
    return str(secret) if (path, owner) == (request.url.path, user_id) else None


def is_shown(request: Request, response: Response) -> None:
    """The browser forgets it, with the page."""
    drop_cookie(response, request, COOKIE)
    response.headers["Cache-Control"] = "no-store"
