"""The parameter `fields`: which fields of a listing are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field


def field_names(known: Sequence[str], otherwise: str = "Else all.") -> Any:
    """Names with commas between, each of `known`."""
    one = f"(?:{'|'.join(known)})"
    return Field(
        None,
        pattern=f"^(?:{one}(?:,{one})*)?$",
        max_length=5000,
        description=f"Names with commas between, see `/api/v1/dictionary`. {otherwise}",
        examples=["platform,platform_listing_id,price_eur"],
    )


def chosen(names: str | None, otherwise: Sequence[str]) -> tuple[str, ...]:
    """Each once, in the order given.

    >>> chosen("url,price_eur,url", ())
    ('url', 'price_eur')
    """
    return tuple(dict.fromkeys(names.split(","))) if names else tuple(otherwise)
