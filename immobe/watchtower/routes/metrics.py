"""`GET /metrics`: for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from immobe.observability.exposition import CONTENT_TYPE, Local, render
from immobe.redis import FallbackQueue
from immobe.watchtower.backend import TheBackend

router = APIRouter(tags=["operation"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(backend: TheBackend) -> Response:
    """All metrics, over all processes and machines; the breaker's state is this process's."""
    fallback = FallbackQueue(backend.config.redis_fallback_queue)
    local = Local(lambda: int(backend.breaker.state), fallback.size, backend.config)
    return Response(render(backend.redis, backend.engine, local), media_type=CONTENT_TYPE)
