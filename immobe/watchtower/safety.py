"""What must not be so where others can reach the service: `ALLOW_DEV_DEFAULTS=false` refuses to start on it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import make_url

from immobe.config import Config
from immobe.errors import ConfigError

SHORTEST_SECRET = 32
_WEAK = {"", "changeme", "change_me", "default", "immobe", "password", "postgres", "secret", "test"}


def refuse_unsafe(config: Config) -> None:
    """Raises ConfigError that says everything that is unsafe, unless ALLOW_DEV_DEFAULTS allows it."""
    if config.allow_dev_defaults:
        return
    found = list(unsafe(config))
    if found:
        raise ConfigError("\n".join(["ALLOW_DEV_DEFAULTS is false, and the configuration is unsafe:", *found]))


def unsafe(config: Config) -> Iterator[str]:
    """A sentence for each thing that is unsafe."""
    secret = config.watchtower_secret_key or ""
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < 8:
        yield (
            f"- WATCHTOWER_SECRET_KEY must be random and have {SHORTEST_SECRET} characters or more. "
            "Example: openssl rand -hex 32"
        )
    if not config.database_url or not config.redis_url:
        yield "- DATABASE_URL and REDIS_URL must be set: embedded services are for development"
    if config.database_url and (make_url(config.database_url).password or "").lower() in _WEAK:
        yield "- DATABASE_URL has no password, or one that everybody tries first"
    if "*" in config.cors_origins:
        yield "- CORS_ORIGINS is *: name the sites whose pages may use the API"
    if not config.enable_trusted_host or "*" in config.allowed_hosts:
        yield "- ENABLE_TRUSTED_HOST must be true, and ALLOWED_HOSTS must name this service's host names (not *)"
    if config.watchtower_reload:
        yield "- WATCHTOWER_RELOAD is true"
    if any(network.endswith("/0") for network in config.watchtower_trusted_proxies):
        yield "- WATCHTOWER_TRUSTED_PROXIES trusts everybody: a client could choose the address it is limited by"
