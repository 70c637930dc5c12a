"""Pages that need JavaScript: a shell comes first, whose script fetches the page and puts it in place.

The shell also asks for what a crawler should not load: an image, a font, another site's tracker.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from immobe.replica.faults import App, Message, Receive, Scope, Send
from immobe.replica.reply import Portal

_WANTED = b"made-by-script=1"
_SCRIPT_PATH = "/replica-page.js"
_SCRIPT = b"""(async () => {
  const address = location.href + (location.search ? "&" : "?") + "made-by-script=1";
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.replaceChild(document.adoptNode(page.documentElement), document.documentElement);
})();
"""
_SHELL = b"""<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>...</title>
<style>@font-face { font-family: "R"; src: url("/replica-font.woff2"); } body { font-family: "R"; }</style>
<script src="https://tracker.example/track.js" async></script>
<script src="/replica-page.js" defer></script>
</head><body><div id="app">...</div><img src="/replica-pixel.png"></body></html>
"""


def needing_javascript(app: App, platforms: Collection[str], hosts: Callable[[], Mapping[str, Portal]]) -> App:
    """The application, with the HTML pages of these platforms behind a script."""
    if not platforms:
        return app

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        _, _, rest = scope["path"].partition("/")
        host, _, path = rest.partition("/")
        portal = hosts().get(host)
        if portal is None or portal.platform not in platforms:
            await app(scope, receive, send)
        elif f"/{path}" == _SCRIPT_PATH:
            await _send(send, _SCRIPT, b"text/javascript; charset=UTF-8")
        elif _WANTED in scope["query_string"]:
            query = scope["query_string"].removesuffix(_WANTED).removesuffix(b"&")
            await app({**scope, "query_string": query}, receive, send)
        else:
            await app(scope, receive, _shell_for_pages(send))

    return wrapped


def _shell_for_pages(send: Send) -> Send:
    """Passes answers on, but the shell in place of a page."""
    hidden = False

    async def passing(message: Message) -> None:
        nonlocal hidden
        if message["type"] == "http.response.start":
            headers = dict(message["headers"])
            hidden = message["status"] == 200 and headers.get(b"content-type", b"").startswith(b"text/html")
        if not hidden:
            await send(message)
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            await _send(send, _SHELL, b"text/html; charset=UTF-8")

    return passing


async def _send(send: Send, body: bytes, content_type: bytes) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
