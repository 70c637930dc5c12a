"""Types of what bodies name, with what their OpenAPI says of them: known platforms, portals' URLs, scopes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from immobe.platforms import PLATFORMS
from immobe.watchtower.detection import LONGEST_URL

LONGEST_SCOPE = 2000
KnownPlatform = Annotated[str, Field(max_length=100), WithJsonSchema({"type": "string", "enum": sorted(PLATFORMS)})]
PortalUrl = Annotated[
    str,
    Field(max_length=LONGEST_URL),
    WithJsonSchema({"type": "string", "format": "portal-url", "maxLength": LONGEST_URL}),
]
"""Of a host that belongs to a platform; others are refused."""
ListingUrl = Annotated[
    str,
    Field(max_length=LONGEST_URL),
    WithJsonSchema({"type": "string", "format": "listing-url", "maxLength": LONGEST_URL}),
]
ScopeText = Annotated[
    str,
    Field(max_length=LONGEST_SCOPE),
    WithJsonSchema({"type": "string", "format": "scope", "maxLength": LONGEST_SCOPE}),
]


def one_of(*alternatives: dict[str, dict[str, Any]]) -> list[Any]:
    """For a schema's `oneOf`: exactly one of these sets of properties is given, each as its schema says."""
    return [{"required": list(given), "properties": given} for given in alternatives]
