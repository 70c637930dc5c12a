"""Requests to and from JSON. No pickle: whoever can write to Redis must not be able to run code in a worker.

The payload carries a version, so that workers of two releases can share a queue.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any

from scrapy import Request, Spider

VERSION = 1


class UnknownVersion(ValueError):  # noqa: N818 - reads as what happened
    """The payload was written by another release."""


def as_dict(request: Request, spider: Spider) -> dict[str, Any]:
    """What `request.to_dict(spider=spider)` says, without a look at every attribute of the spider for each request.

    Raises ValueError when callback or errback is no method of the spider.
    """
    called = {"callback": request.callback, "errback": request.errback}
    names = {of: getattr(method, "__name__", None) for of, method in called.items()}
    found = {of: name and getattr(spider, name, None) for of, name in names.items()}
    if (
        type(request) is not Request or found != called
    ):  # another class, or methods called otherwise than by their names
        return request.to_dict(spider=spider)
    return {**{name: getattr(request, name) for name in request.attributes}, **names, "headers": dict(request.headers)}


def dumps(request: dict[str, Any]) -> str:
    """`as_dict` as JSON. Raises TypeError when meta or cb_kwargs hold what JSON cannot.

    >>> loads(dumps({"url": "https://x.be", "body": b"", "headers": {b"Accept": [b"*/*"]}}))["headers"]
    {'Accept': ['*/*']}
    """
    plain = {k: v for k, v in request.items() if v not in (None, b"", {}, [], ())}
    if "headers" in plain:
        plain["headers"] = {_text(name): [_text(v) for v in values] for name, values in plain["headers"].items()}
    if "body" in plain:
        plain["body"] = b64encode(plain["body"]).decode()
    return json.dumps({"v": VERSION, **plain}, separators=(",", ":"))


def loads(payload: str | bytes) -> dict[str, Any]:
    """What `dumps` wrote, for `scrapy.utils.request.request_from_dict`.

    Raises UnknownVersion for a payload of another release, ValueError for what is no payload.
    """
    found = json.loads(payload)
    if not isinstance(found, dict) or not isinstance(found.get("url"), str):
        raise ValueError("no request in it")
    if found.pop("v", None) != VERSION:
        raise UnknownVersion("a request written by another release")
    if "body" in found:
        found["body"] = b64decode(found["body"])
    return found


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
