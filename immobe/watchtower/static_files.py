"""Files of `static/`: an address with a version never changes its content."""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from immobe.watchtower.rendering import STATIC

_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


class CachedFiles(StaticFiles):
    """Browsers keep what has a version (`rendering.static`), and ask again for the rest."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """See StaticFiles."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = _FOR_EVER if scope["query_string"].startswith(b"v=") else _ASK_AGAIN
        return response
