"""`/ui/preferences`: language and theme of this browser. They are cookies: nothing of the visitor is kept here."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from immobe.watchtower import languages, themes
from immobe.watchtower.pages.forms import own_path
from immobe.watchtower.rendering import PREFERENCE_SECONDS
from immobe.watchtower.security.cookies import set_cookie

router = APIRouter(include_in_schema=False)


@router.get("/ui/preferences")
def preferences(
    request: Request,
    lang: Literal["en", "fr", "nl"] | None = None,
    theme: Literal["system", "light", "dark"] | None = None,
    next: str = "/ui",  # noqa: A002 - the parameter's name
) -> Response:
    """Keeps what is chosen, and goes back to where the visitor was."""
    response = RedirectResponse(own_path(next), 303)
    for cookie, value in ((languages.COOKIE, lang), (themes.COOKIE, theme)):
        if value is not None:
            set_cookie(response, request, cookie, value, PREFERENCE_SECONDS)
    return response
