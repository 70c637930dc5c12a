"""Examples for the OpenAPI document, made from its own schemas: each is valid by the schema that it stands beside."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

Schema = Mapping[str, Any]
_DEEPEST = 8
_FORMATS = {"date-time": "2026-11-20T08:15:30Z", "date": "2026-11-20"}
_NAMED: dict[str, Any] = {
    "platform": "immoweb",
    "platform_listing_id": "20820613",
    "url": "https://www.immoweb.be/en/classified/house/for-sale/namur/5000/20820613",
    "canonical_url": "https://www.immoweb.be/en/classified/house/for-sale/namur/5000/20820613",
    "transaction_type": "sale",
    "province": "namur",
    "postal_code": "5000",
    "stage": "scraped",
    "a": "immoweb:20820613",
    "b": "zimmo:KX1A2",
    "next_cursor": None,
    "correlation_id": "5f1d0c1e8f9a4c1f8f6f2f4d3b2a1c0e",
}
"""What fields are usually called and hold, where their schema has no example."""


def example_of(schema: Schema, components: Mapping[str, Schema], name: str = "", depth: int = 0) -> Any:
    """A value that the schema allows: its own example if it has one."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components, name, depth)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema or "enum" in schema:
        return schema.get("const", next(iter(schema.get("enum", ())), None))
    if options := schema.get("anyOf"):
        told = [one for one in options if one.get("type") != "null"]
        if name in _NAMED and (_NAMED[name] is not None or len(told) < len(options)):
            return _NAMED[name]
        return example_of(told[0], components, name, depth)
    if name in _NAMED and schema.get("type") == "string":
        return _NAMED[name]
    return _of_type(schema, components, depth)


def _of_type(schema: Schema, components: Mapping[str, Schema], depth: int) -> Any:
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {}) if depth < _DEEPEST else {}
            return {name: example_of(one, components, name, depth + 1) for name, one in properties.items()}
        case "array":
            item = schema.get("items")
            return [example_of(item, components, "", depth + 1)] if item and depth < _DEEPEST else []
        case "string":
            return _FORMATS.get(schema.get("format", ""), schema.get("default", "…"))
        case "boolean":
            return schema.get("default", False)
        case "integer" | "number":
            return schema.get("default", schema.get("minimum", 1))
        case _:
            return None


def problem_example(status: int, path: str) -> dict[str, Any]:
    """Problem details as this status has them."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _DETAILS.get(status, ""),
        "instance": path,
        "correlation_id": _NAMED["correlation_id"],
    }


_DETAILS = {
    400: "The body is no JSON.",
    401: "This takes an operator who is signed in, or a key.",
    403: "This takes a key with the scope operate.",
    404: "There is no such thing.",
    409: "To confirm, send 'clear listings' as confirm.",
    410: "This cursor leads nowhere any more: forget the copy, and begin without one.",
    413: "A request has 1048576 bytes at most.",
    415: "The body is application/json or application/x-www-form-urlencoded.",
    422: "query.limit: Input should be greater than or equal to 1",
    429: "At most 100 per 1 minute; again in 12 s.",
    500: "It is noted in the log under the correlation id.",
    503: "PostgreSQL; the log says more.",
}
