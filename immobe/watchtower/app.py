"""Puts Watchtower together: `create_app` is what uvicorn runs, in each of its processes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import RedirectResponse
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from immobe.config import Config, load_config
from immobe.embedded import ServiceUrls, ensure_services
from immobe.observability.logs import configure_logs
from immobe.watchtower import openapi, pages, problems, routes, static_files
from immobe.watchtower.backend import Backend
from immobe.watchtower.correlation import HEADER, Correlation
from immobe.watchtower.crawls import Launcher, launcher_of
from immobe.watchtower.pulse import Pulse
from immobe.watchtower.safety import refuse_unsafe
from immobe.watchtower.security import csrf, limits
from immobe.watchtower.security.body_limit import BodyLimit
from immobe.watchtower.security.headers import SecurityHeaders, content_security_policy, tile_sources
from immobe.watchtower.security.limits import RateLimits
from immobe.watchtower.security.origins import OriginCheck
from immobe.watchtower.security.signing import Signatures, secret_key

_CORS_HEADERS = ["Authorization", "Content-Type", "If-None-Match", csrf.HEADER, HEADER]
_CORS_EXPOSED = ["Content-Disposition", "ETag", "Link", "Location", "Retry-After", "X-Changes-Cursor", HEADER]


def create_app(config: Config | None = None, urls: ServiceUrls | None = None) -> FastAPI:
    """The application. Without arguments as the environment says; the schema must be up to date.

    Raises ConfigError for unsafe configuration (`safety`), ServiceError when services cannot be started.
    """
    if config is None:
        config = load_config()
        configure_logs(config.log_level, config.logs_json("watchtower"), "watchtower")
    refuse_unsafe(config)
    app = FastAPI(
        title="Immo-Bé Watchtower",
        version="1",
        openapi_url=openapi.PATH if config.enable_docs else None,
        docs_url=None,
        redoc_url=None,
        middleware=_middleware(config),
        lifespan=_lifespan,
    )
    services = urls or ensure_services(config)
    app.state.backend = Backend.open(config, services)
    app.state.launcher = launcher_of(app.state.backend)
    app.state.signatures = Signatures(secret_key(config))
    app.state.limits = RateLimits(services.redis_url)
    problems.install(app)
    limits.install(app)
    for router in (*routes.routers(config), *pages.routers()):
        app.include_router(router)
    if config.enable_docs:
        openapi.install(app)
    static_files.install(app)
    app.add_api_route("/", lambda: RedirectResponse("/ui"), include_in_schema=False)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    backend: Backend = app.state.backend
    launcher: Launcher = app.state.launcher
    pulse = Pulse(backend)
    pulse.start()
    try:
        yield
    finally:
        pulse.end()
        await run_in_threadpool(launcher.close)
        backend.close()


def _middleware(config: Config) -> list[Middleware]:
    """The way in, outermost first."""
    trusted = list(config.watchtower_trusted_proxies)
    hosts = list(config.allowed_hosts) if config.enable_trusted_host else ["*"]
    return [
        *([Middleware(ProxyHeadersMiddleware, trusted_hosts=trusted)] if trusted else []),
        Middleware(SecurityHeaders, policy=content_security_policy(*tile_sources(config.map_tiles_url))),
        Middleware(Correlation),
        Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
        Middleware(
            CORSMiddleware,
            allow_origins=list(config.cors_origins),
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=_CORS_HEADERS,
            expose_headers=_CORS_EXPOSED,
        ),
        Middleware(BodyLimit, most_bytes=config.watchtower_max_body_bytes),
        Middleware(OriginCheck, allowed=config.cors_origins),
    ]
