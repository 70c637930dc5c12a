"""Cursors: where a page ended, as a text that only the same question understands."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256

from starlette.exceptions import HTTPException

from immobe.storage.search import ORDERS, Position


def encode(position: Position, order: str, question: str) -> str:
    """`question` tells all that decides which listings there are."""
    value = position.value.isoformat() if isinstance(position.value, datetime) else position.value
    plain = [_mark(order, question), None if value is None else str(value), position.id]
    return urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def decode(cursor: str, order: str, question: str) -> Position:
    """Raises HTTPException (400) for what is no cursor of this question.

    >>> decode(encode(Position(Decimal("250000"), 7), "price_eur", "q"), "price_eur", "q")
    Position(value=Decimal('250000'), id=7)
    """
    try:
        mark, value, row_id = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        position = Position(_value(value, order), row_id)
    except (ValueError, TypeError, InvalidOperation, RecursionError):
        raise HTTPException(400, "This is no cursor.") from None
    if mark != _mark(order, question):
        raise HTTPException(400, "The cursor belongs to another question: filters and order must stay as they were.")
    if type(row_id) is not int or not 0 <= row_id < 2**63:
        raise HTTPException(400, "This is no cursor.")
    return position


def _value(value: str | None, order: str) -> datetime | Decimal | str | None:
    kind = ORDERS[order.removeprefix("-")].kind
    if value is None or (kind is str and isinstance(value, str)):
        return value
    if kind is datetime:
        return datetime.fromisoformat(value)
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(value)
    return number


def _mark(order: str, question: str) -> str:
    return sha256(f"{order} {question}".encode()).hexdigest()[:12]
