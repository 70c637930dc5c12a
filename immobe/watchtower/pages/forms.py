"""Where a page leads after a form was sent."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Form

ShortText = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=2000)]


def own_path(target: str) -> str:
    """A path of this service, whatever was asked for: nobody is sent elsewhere.

    >>> own_path("/ui/listings?page=2"), own_path("//evil.example"), own_path("https://evil.example")
    ('/ui/listings?page=2', '/ui', '/ui')
    """
    parts = urlsplit(target)
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    return target if is_ours and target.isprintable() and "\\" not in target else "/ui"
