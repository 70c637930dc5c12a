"""Files that browsers load: ours, and those of packages. An address with a version never changes its content."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from immobe.data_files import folder_of

_PACKAGED = {"leaflet": ("XStatic-Leaflet", "leaflet.js"), "htmx": ("django-js-lib-htmx", "htmx.min.js")}
"""{folder under `vendor/`: (distribution, a file in the folder that is served)}."""
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


@cache
def folders() -> dict[str, Path]:
    """{where below /static: the folder that is served there}, the longest address first."""
    found = {f"vendor/{name}": _folder_with(*packaged) for name, packaged in _PACKAGED.items()}
    return found | {"": folder_of("immobe.watchtower", "static")}


def _folder_with(distribution: str, name: str) -> Path:
    """The packages are not imported: they want Django, or more."""
    return next(Path(str(file.locate())).parent for file in files(distribution) or () if file.name == name)


def install(app: Starlette) -> None:
    """Serves all of them."""
    for below, folder in folders().items():
        app.mount(f"/static/{below}".rstrip("/"), CachedFiles(folder), name=f"static-{below}")


def static(name: str) -> str:
    """The address of a file; another content has another address, so that browsers may keep it.

    >>> static("base.css").startswith("/static/base.css?v="), static("vendor/htmx/htmx.min.js")[:34]
    (True, '/static/vendor/htmx/htmx.min.js?v=')
    """
    below = next(below for below in folders() if name.startswith(below))
    path = folders()[below] / name.removeprefix(below).lstrip("/")
    return f"/static/{name}?v={_digest(path, path.stat().st_mtime_ns)}"


@cache
def _digest(path: Path, _changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


class CachedFiles(StaticFiles):
    """Browsers keep what has a version (`static`), and ask again for the rest."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """See StaticFiles."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = _FOR_EVER if scope["query_string"].startswith(b"v=") else _ASK_AGAIN
        return response
