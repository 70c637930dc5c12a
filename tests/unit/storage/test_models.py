"""The record and its table can never drift apart."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import AwareDatetime
from sqlalchemy import Boolean, Column, Date, DateTime, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from immobe.items import Listing
from immobe.storage.models import ListingRow
from immobe.storage.vocabularies import allowed_values

TYPES = {
    Decimal: Numeric,
    int: Integer,
    bool: Boolean,
    str: Text,
    AwareDatetime: DateTime,
    date: Date,
    dict: JSONB,
    list: ARRAY,
}
NEVER_NULL = {
    "platform",
    "platform_listing_id",
    "url",
    "listing_kind",
    "title",
    "description",
    "image_urls",
    "missing",
    "raw",
}


def plain(annotation: Any) -> type:
    """The type of a value that is there: `Amount | None` is Decimal, an enum is text."""
    if get_origin(annotation) in (Union, UnionType):
        (annotation,) = (part for part in get_args(annotation) if part is not type(None))
    if hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    if get_origin(annotation) is Literal or (isinstance(annotation, type) and issubclass(annotation, StrEnum)):
        return str
    found = get_origin(annotation) or annotation
    assert isinstance(found, type)
    return found


@pytest.mark.parametrize("name", Listing.model_fields)
def test_every_field_is_a_column_of_its_type(name: str) -> None:
    column: Column[Any] = ListingRow.__table__.columns[name]
    assert isinstance(column.type, TYPES[plain(Listing.model_fields[name].annotation)])
    assert column.nullable is (name not in NEVER_NULL)


def test_times_know_their_zone() -> None:
    times = [column.type for column in ListingRow.__table__.columns if isinstance(column.type, DateTime)]
    assert all(kind.timezone for kind in times)


def test_every_vocabulary_is_checked() -> None:
    checks = {str(constraint.name) for constraint in ListingRow.__table__.constraints}
    assert {f"ck_listings_{name}" for name in [*allowed_values(Listing), "stage"]} <= checks
