"""Answers of the API: JSON with an ETag, so that what has not changed is not sent again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from starlette.responses import Response

from immobe.storage.exporting import json_value

_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "As the client has it (If-None-Match)"}}


def answer(
    request: Request,
    content: Mapping[str, Any],
    *,
    next_cursor: str | None = None,
    counted_at: datetime | None = None,
) -> Response:
    """200 with the content, or 304 when the client has it. With a cursor, a Link to the next page.

    `counted_at`: of content that was kept; its age is a header and not in the ETag, so that what is the same stays so.
    """
    body = json.dumps(content, ensure_ascii=False, default=json_value).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**_HEADERS, "ETag": etag}
    if counted_at:
        headers["Age"] = str(int((datetime.now(UTC) - counted_at).total_seconds()))
    if next_cursor:
        headers["Link"] = f'<{request.url.include_query_params(cursor=next_cursor)}>; rel="next"'
    if _has(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _has(if_none_match: str, etag: str) -> bool:
    """Weak comparison, as RFC 9110 (13.1.2) has it."""
    given = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in given or given == {"*"}
