"""How the portal writes JSON into a page, and moments into JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

_dump = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), check_circular=False).encode


def script_json(value: Any) -> str:
    """JSON for a script element: slashes are escaped, so that no text in it can end the script.

    >>> script_json({"a": "</script> é"})
    '{"a":"<\\\\/script> \\\\u00e9"}'
    """
    return _dump(value).replace("/", "\\/").replace("<!--", "\\u003C!--")


def attribute(text: str) -> str:
    """Text for a double-quoted attribute.

    >>> attribute('{"a":"<b>\\'"}')
    '{&quot;a&quot;:&quot;&lt;b&gt;&#039;&quot;}'
    """
    return (
        text.replace("&", "&amp;")
        .replace('"', "&quot;")
        .replace("'", "&#039;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
    )


def attribute_json(value: Any) -> str:
    return attribute(script_json(value))


def zulu(moment: datetime) -> str:
    """As the portal writes a moment since mid-2024.

    >>> zulu(datetime(2026, 3, 2, 6, 0, 0, 250000, tzinfo=UTC))
    '2026-03-02T06:00:00.250Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
