"""Security headers of every answer."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HSTS = "max-age=31536000; includeSubDomains"
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def content_security_policy(*image_sources: str) -> str:
    """Nothing inline, nothing from elsewhere, but images from `image_sources` (origins or schemes).

    >>> "script-src 'self';" in content_security_policy("https://tile.example.org")
    True
    """
    policy = _POLICY | {"img-src": " ".join([_POLICY["img-src"], *image_sources])}
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def tile_sources(url: str | None) -> list[str]:
    """Where the images of a map come from, as the policy names it.

    >>> tile_sources("https://{s}.tile.example.org/{z}/{x}/{y}.png"), tile_sources(None)
    (['https://*.tile.example.org'], [])
    """
    if url is None:
        return []
    scheme, _, rest = url.partition("://")
    return [f"{scheme}://{rest.partition('/')[0].replace('{s}', '*')}"]


class SecurityHeaders:
    """Adds what an answer does not say itself; HSTS where the client came over TLS."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy,
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
            "Cache-Control": "no-store",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", HSTS)
            await send(message)

        await self._app(scope, receive, with_headers)
