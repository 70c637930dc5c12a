"""The closed vocabularies of a record, read from its annotations: what a CHECK constraint allows."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel


def allowed_values(record: type[BaseModel]) -> dict[str, tuple[str, ...]]:
    """{field: its values} for every field that is an enum or a Literal.

    >>> from immobe.items import Listing
    >>> allowed_values(Listing)["transaction_type"]
    ('sale', 'rent')
    >>> allowed_values(Listing)["p_score"]
    ('A', 'B', 'C', 'D')
    """
    found = {name: _values(field.annotation) for name, field in record.model_fields.items()}
    return {name: values for name, values in found.items() if values}


def _values(annotation: Any) -> tuple[str, ...]:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return tuple(str(member) for member in annotation)
    if get_origin(annotation) is Literal:
        return tuple(get_args(annotation))
    if get_origin(annotation) in (dict, list):
        return ()
    return tuple(value for part in get_args(annotation) for value in _values(part))
