"""What must not start where others can reach it."""

from __future__ import annotations

from typing import Any

import pytest

from immobe.config import load_config
from immobe.errors import ConfigError
from immobe.watchtower.safety import refuse_unsafe, unsafe

SAFE: dict[str, Any] = {
    "allow_dev_defaults": False,
    "watchtower_secret_key": "0123456789abcdef" * 2,
    "database_url": "postgresql://immobe:a-real-secret@db/immobe",
    "redis_url": "redis://:another@redis/0",
    "enable_trusted_host": True,
    "allowed_hosts": ("immobe.example.org",),
}


def test_safe_configuration_starts() -> None:
    refuse_unsafe(load_config(None, **SAFE))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"watchtower_secret_key": None}, "WATCHTOWER_SECRET_KEY"),
        ({"watchtower_secret_key": "short"}, "WATCHTOWER_SECRET_KEY"),
        ({"watchtower_secret_key": "a" * 64}, "WATCHTOWER_SECRET_KEY"),
        ({"database_url": None}, "DATABASE_URL and REDIS_URL"),
        ({"redis_url": None}, "DATABASE_URL and REDIS_URL"),
        ({"database_url": "postgresql://immobe@db/immobe"}, "DATABASE_URL has no password"),
        ({"database_url": "postgresql://postgres:Postgres@db/immobe"}, "everybody tries first"),
        ({"cors_origins": ("*",)}, "CORS_ORIGINS"),
        ({"enable_trusted_host": False}, "ENABLE_TRUSTED_HOST"),
        ({"allowed_hosts": ("*",)}, "ALLOWED_HOSTS"),
        ({"watchtower_reload": True}, "WATCHTOWER_RELOAD"),
        ({"watchtower_trusted_proxies": ("0.0.0.0/0",)}, "WATCHTOWER_TRUSTED_PROXIES"),
    ],
)
def test_each_unsafe_thing_is_said(change: dict[str, Any], said: str) -> None:
    config = load_config(None, **SAFE | change)
    with pytest.raises(ConfigError, match=said) as raised:
        refuse_unsafe(config)
    assert len(list(unsafe(config))) == 1
    assert "a-real-secret" not in str(raised.value)
    refuse_unsafe(load_config(None, **SAFE | change | {"allow_dev_defaults": True}))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"enable_trusted_host": True}, "needs ALLOWED_HOSTS"),
        ({"cors_origins": "https://a.example/path"}, "is no origin"),
        ({"watchtower_trusted_proxies": "proxy"}, "is no address"),
        ({"watchtower_trusted_proxies": "*"}, "is no address"),
        ({"scrapyd_url": "scrapyd:6800"}, "must start with http"),
    ],
)
def test_what_cannot_be_meant_is_refused_always(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(None, **change)
