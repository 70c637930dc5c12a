"""What the fuzzer cannot read from the OpenAPI document; schemathesis loads it (SCHEMATHESIS_HOOKS).

JSON Schema cannot say that the west of a box is not east of its east: texts with such rules have a `format`, and here
is how one is made. What only the service can give out (cursors) is left out of questions that shall be answered.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import Any

import redis
import schemathesis
from hypothesis import strategies as some

_LIMITS = redis.Redis.from_url(os.environ.get("FUZZED_REDIS_URL", "redis://127.0.0.1:1"))
LISTING = "https://www.immoweb.be/en/classified/house/for-sale/namur/5000/20820613"
_degrees = some.integers(-800, 800).map(lambda tenths: tenths / 10)
_corners = some.tuples(_degrees, _degrees)

schemathesis.openapi.format(
    "bbox",
    some.tuples(_corners, _corners).map(
        lambda two: (
            f"{min(two[0][0], two[1][0])},{min(two[0][1], two[1][1])},"
            f"{max(two[0][0], two[1][0])},{max(two[0][1], two[1][1])}"
        )
    ),
)
schemathesis.openapi.format(
    "polygon",
    some.lists(_corners, min_size=3, max_size=6, unique=True).map(
        lambda corners: ";".join(f"{longitude},{latitude}" for longitude, latitude in corners)
    ),
)


schemathesis.openapi.format("portal-url", some.sampled_from(["https://www.zimmo.be/nl/", LISTING]))
schemathesis.openapi.format("listing-url", some.just(LISTING))
schemathesis.openapi.format("search-terms", some.sampled_from(["", "province=namur&min_price_eur=1", "stage=gone"]))
schemathesis.openapi.format("scope", some.sampled_from(["", "province=namur", "transaction=rent"]))
_FIRST, _LAST = datetime(1950, 1, 1), datetime(2900, 1, 1)  # noqa: DTZ001 - the strategy adds the zone
schemathesis.openapi.format(
    "date-time", some.datetimes(_FIRST, _LAST, timezones=some.just(UTC)).map(datetime.isoformat)
)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Limits have their own tests: here each request is the first. A cursor is well-formed, and nobody's."""
    for name in ("since", "cursor"):
        if re.fullmatch(r"[A-Za-z0-9_-]+", str((case.query or {}).get(name, ""))):
            del case.query[name]
    for key in _LIMITS.scan_iter("immobe:limits*", count=1000):
        _LIMITS.delete(key)
