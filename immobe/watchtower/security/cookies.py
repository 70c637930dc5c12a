"""How our cookies are set: out of reach for scripts and other sites, and over TLS alone where there is TLS."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response


def set_cookie(response: Response, request: Request, name: str, value: str, max_age: int | None = None) -> None:
    """Sets a cookie for the whole service; without `max_age` (seconds) until the browser is closed."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",  # strict would sign people out who follow a link in a message
        secure=request.url.scheme == "https",
    )


def drop_cookie(response: Response, request: Request, name: str) -> None:
    """Removes it."""
    set_cookie(response, request, name, "", max_age=0)
