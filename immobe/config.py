"""Environment and `.env` to one typed, validated `Config`. Nothing else in the code reads the environment.

Every variable is named like its field, in capitals. `.env.example` lists them all; a test keeps it so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from dotenv import dotenv_values
from platformdirs import user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from immobe.errors import ConfigError


def _psycopg2(url: str) -> str:
    """Any of the three spellings to the one driver we use.

    >>> _psycopg2("postgresql+asyncpg://u:p@db/immobe")
    'postgresql+psycopg2://u:p@db/immobe'
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"postgresql", "postgres", "postgresql+psycopg2", "postgresql+asyncpg"}:
        raise ValueError("it must start with postgresql://, postgresql+psycopg2:// or postgresql+asyncpg://")
    return f"postgresql+psycopg2://{rest}"


def _redis(url: str) -> str:
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("it must start with redis://, rediss:// or unix://")
    return url


def _http(url: str) -> str:
    if not re.match(r"https?://[^/\s]+", url):
        raise ValueError("it must start with http:// or https:// and name a host")
    return url.rstrip("/")


def _tiles(url: str) -> str:
    if not all(part in url for part in ("{z}", "{x}", "{y}")):
        raise ValueError("it must hold {z}, {x} and {y}")
    return _http(url)


def _cdp(url: str) -> str:
    if not re.match(r"(https?|wss?)://[^/\s]+", url):
        raise ValueError("it must start with http://, https://, ws:// or wss:// and name a host")
    return url


def _names(value: object) -> object:
    """A comma list to its names; what is no text is left as it is."""
    return tuple(filter(None, (name.strip() for name in value.split(",")))) if isinstance(value, str) else value


def _origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if origin != "*" and not re.fullmatch(r"https?://[^/\s]+", origin):
            raise ValueError(f"{origin!r} is no origin: scheme and host without a path, as in https://maps.example.org")
    return origins


def _networks(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        try:
            ip_network(name)
        except ValueError:
            raise ValueError(f"{name!r} is no address and no network, as in 10.0.0.0/8") from None
    return names


def _quiet_hours(text: str | None) -> str | None:
    if text is None:
        return None
    hour = r"(?:[01]\d|2[0-3]):[0-5]\d"
    if not re.fullmatch(f"{hour}-{hour}", text) or text[:5] == text[6:]:
        raise ValueError("it must be two different times of the day, as in 23:00-06:00")
    return text


def _crash_point(text: str) -> str:
    point, _, times = text.partition(":")
    if point not in CRASH_POINTS:
        raise ValueError(f"there is no such point; there are {', '.join(CRASH_POINTS)}")
    if times and not (times.isascii() and times.isdigit() and int(times)):
        raise ValueError("after the colon it must say how often the point is passed, as in after_claim:3")
    return text


def _empty_is_unset(value: object) -> object:
    return None if value == "" else value


def default_data_dir() -> Path:
    """The per-user data folder; for root a system folder, since PostgreSQL runs as another user and must reach it."""
    return Path("/var/lib/immobe") if os.geteuid() == 0 else user_data_path("immobe")


def _secrets(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The content of those files of `folder` that are called like one of `names`, in small letters or capitals."""
    if not folder.is_dir():
        return {}
    try:
        files = {file.name.lower(): file for file in folder.iterdir() if file.is_file()}
        return {name: files[name].read_text(encoding="utf-8").strip() for name in names if name in files}
    except OSError as error:
        raise ValueError(f"IMMOBE_SECRETS_DIR holds what cannot be read: {error}") from None


CRASH_POINTS = ("after_claim", "before_done", "inside_done", "during_journal", "during_release")
"""Points of the queue's protocol at which a worker can be made to die."""
Unset = BeforeValidator(_empty_is_unset)
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Config(BaseSettings):
    """Everything that can be set. Durations are seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    database_url: Annotated[str | None, Unset, AfterValidator(lambda u: u and _psycopg2(u))] = Field(
        None, examples=["postgresql://immobe:secret@db:5432/immobe"]
    )
    database_pool_size: int = Field(20, ge=1, le=500, examples=["20"])
    database_max_overflow: int = Field(10, ge=0, le=500, examples=["10"])
    database_pool_timeout: float = Field(30.0, gt=0, examples=["30"])
    database_pool_recycle: int = Field(1800, ge=-1, examples=["1800"])
    database_statement_timeout: float = Field(10.0, gt=0, examples=["10"])
    database_batch_size: int = Field(100, ge=1, le=5000, examples=["100"])
    database_batch_seconds: float = Field(0.2, gt=0, le=60, examples=["0.2"])

    redis_url: Annotated[str | None, Unset, AfterValidator(lambda u: u and _redis(u))] = Field(
        None, examples=["redis://:secret@redis:6379/0"]
    )

    redis_circuit_breaker_threshold: int = Field(5, ge=1, le=1000, examples=["5"])
    redis_circuit_breaker_timeout: float = Field(60.0, gt=0, le=3600, examples=["60"])
    # The documented default; the file is opened without following links and must be its owner's alone.
    redis_fallback_queue: Path = Field(Path("/tmp/redis_fallback_queue.json"), examples=["/var/lib/immobe/queue.json"])  # noqa: S108
    queue_lease_seconds: float = Field(60.0, ge=0.5, le=3600, examples=["60"])
    queue_max_attempts: int = Field(5, ge=1, le=100, examples=["5"])

    immobe_secrets_dir: Path = Field(Path("/run/secrets"), examples=["/etc/immobe/secrets"])
    immobe_data_dir: Path = Field(default_factory=default_data_dir, examples=["/var/lib/immobe"])
    replica_url: Annotated[str | None, Unset, AfterValidator(lambda u: u and _http(u))] = Field(
        None, examples=["http://127.0.0.1:8090"]
    )

    crawler_contact: str = Field("", examples=["https://example.org/our-crawler"])
    crawler_concurrent_requests: int = Field(16, ge=1, le=256, examples=["16"])
    crawler_download_delay: float = Field(3.0, ge=0.05, le=3600, examples=["3"])
    budget_highest_interval: float = Field(300.0, ge=1, le=3600, examples=["300"])
    budget_burst: int = Field(1, ge=1, le=10, examples=["1"])
    budget_jitter: float = Field(0.5, ge=0, le=1, examples=["0.5"])
    budget_patience: float = Field(60.0, ge=1, le=600, examples=["60"])
    block_first_pause: float = Field(60.0, ge=1, le=86_400, examples=["60"])
    block_longest_pause: float = Field(21_600.0, ge=1, le=604_800, examples=["21600"])
    block_probe_seconds: float = Field(180.0, ge=1, le=3600, examples=["180"])
    gate_spread: float = Field(60.0, ge=0, le=3600, examples=["60"])
    quiet_hours: Annotated[str | None, Unset, AfterValidator(_quiet_hours)] = Field(None, examples=["23:00-06:00"])
    harvester_workers: int = Field(5, ge=1, le=256, examples=["5"])
    harvester_hang_seconds: float = Field(60.0, ge=1, le=3600, examples=["60"])
    harvester_stop_seconds: float = Field(30.0, ge=1, le=600, examples=["30"])
    harvester_restart_seconds: float = Field(1.0, gt=0, le=60, examples=["1"])
    harvester_longest_restart_seconds: float = Field(300.0, ge=1, le=3600, examples=["300"])
    harvester_healthy_seconds: float = Field(60.0, ge=1, le=3600, examples=["60"])
    harvester_recycle_pages: int = Field(10_000, ge=0, examples=["10000"])
    harvester_recycle_mb: int = Field(1000, ge=0, examples=["1000"])
    saved_scopes: dict[str, str] = Field(default_factory=dict, examples=['{"ghent": "postal_code=9000"}'])
    search_max_pages: Annotated[int | None, Unset] = Field(None, ge=1, examples=["333"])
    crawler_download_timeout: float = Field(30.0, gt=0, le=600, examples=["30"])
    revisit_shortest_days: float = Field(1.0, ge=0, le=365, examples=["1"])
    revisit_longest_days: float = Field(14.0, ge=0, le=365, examples=["14"])
    scrape_timeout: float = Field(120.0, ge=1, le=600, examples=["120"])
    parse_timeout: float = Field(20.0, ge=0.1, le=600, examples=["20"])
    comparables_days: int = Field(180, ge=1, le=3650, examples=["180"])
    match_seconds: float = Field(30.0, ge=0, le=3600, examples=["30"])
    retention_payload_days: int = Field(365, ge=0, examples=["365"])
    retention_quarantine_days: int = Field(90, ge=0, examples=["90"])
    retention_measure_days: int = Field(400, ge=0, examples=["400"])
    retention_alert_days: int = Field(400, ge=0, examples=["400"])
    retention_audit_days: int = Field(730, ge=0, examples=["730"])
    retry_backoff: float = Field(30.0, gt=0, le=3600, examples=["30"])
    retry_longest_delay: float = Field(3600.0, gt=0, le=86_400, examples=["3600"])
    robots_ttl: float = Field(43_200.0, ge=60, le=86_400, examples=["43200"])
    validators_ttl: int = Field(7_776_000, ge=3600, examples=["7776000"])
    crawler_max_page_bytes: int = Field(10 * 1024 * 1024, ge=100_000, examples=["10485760"])
    throttle_enabled: bool = Field(True, examples=["true"])

    browser_platforms: Names = Field((), examples=["immoweb,zimmo"])
    browser_extra_hosts: Names = Field((), examples=["cdn.example.be"])
    browser_cdp_url: Annotated[str | None, Unset, AfterValidator(lambda u: u and _cdp(u))] = Field(
        None, examples=["http://chromium:9222"]
    )
    chrome_path: Annotated[Path | None, Unset] = Field(None, examples=["/usr/bin/chromium"])
    browser_no_sandbox: bool = Field(False, examples=["true"])
    browser_pages: int = Field(4, ge=1, le=64, examples=["4"])
    browser_contexts: int = Field(2, ge=1, le=16, examples=["2"])
    browser_pages_per_context: int = Field(50, ge=1, examples=["50"])
    browser_page_timeout: float = Field(60.0, ge=1, le=600, examples=["60"])
    browser_settle_timeout: float = Field(10.0, ge=0.5, le=120, examples=["10"])

    watchtower_listings_page_size: int = Field(50, ge=1, le=500, examples=["50"])
    watchtower_workers: int = Field(1, ge=1, le=64, examples=["2"])
    watchtower_reload: bool = Field(False, examples=["true"])
    watchtower_secret_key: Annotated[str | None, Unset] = Field(None, examples=["$(openssl rand -hex 32)"])
    watchtower_session_hours: float = Field(12.0, gt=0, le=720, examples=["12"])
    watchtower_read_access: Literal["open", "credential"] = Field("open", examples=["credential"])
    watchtower_trusted_proxies: Annotated[Names, AfterValidator(_networks)] = Field(
        (), examples=["127.0.0.1,10.0.0.0/8"]
    )
    watchtower_max_body_bytes: int = Field(1024 * 1024, ge=10_000, examples=["1048576"])
    watchtower_scouts: int = Field(2, ge=1, le=64, examples=["2"])
    watchtower_ready_seconds: float = Field(2.0, ge=0.1, le=30, examples=["2"])
    watchtower_url: Annotated[str, AfterValidator(_http)] = Field(
        "http://127.0.0.1:8000", examples=["https://immobe.example.org"]
    )
    map_tiles_url: Annotated[str | None, Unset, AfterValidator(lambda u: u and _tiles(u))] = Field(
        None, examples=["https://tile.example.org/{z}/{x}/{y}.png"]
    )
    map_tiles_attribution: str = Field("", examples=["© Example contributors"])
    alerts_seconds: float = Field(10.0, ge=0.1, le=3600, examples=["10"])
    alerts_max_attempts: int = Field(10, ge=1, le=100, examples=["10"])
    allow_dev_defaults: bool = Field(True, examples=["false"])
    enable_docs: bool = Field(False, examples=["true"])
    cors_origins: Annotated[Names, AfterValidator(_origins)] = Field((), examples=["https://maps.example.org"])
    enable_trusted_host: bool = Field(False, examples=["true"])
    allowed_hosts: Names = Field((), examples=["immobe.example.org"])
    scrapyd_url: Annotated[str | None, Unset, AfterValidator(lambda u: u and _http(u))] = Field(
        None, examples=["http://user:secret@scrapyd:6800"]
    )
    scrapyd_project: str = Field("immobe", examples=["immobe"])
    scrapyd_username: Annotated[str | None, Unset] = Field(None, examples=["immobe"])
    scrapyd_password: Annotated[str | None, Unset] = Field(None, examples=["$(openssl rand -hex 32)"])
    scrapyd_version: Annotated[str | None, Unset] = Field(None, examples=["20261127T120000Z-1a2b3c4"])

    schedule_scope: str = Field("", examples=["province=namur,liege"])
    schedule_off: Names = Field((), examples=["digest,scout-realo"])
    backup_dir: Annotated[Path | None, Unset] = Field(None, examples=["/srv/backups/immobe"])
    backup_keep_daily: int = Field(7, ge=1, examples=["7"])
    backup_keep_weekly: int = Field(5, ge=1, examples=["5"])
    backup_keep_monthly: int = Field(12, ge=1, examples=["12"])
    postgres_bin: Annotated[Path | None, Unset] = Field(None, examples=["/usr/lib/postgresql/18/bin"])

    # For fault tests alone: the process kills itself at this point of the queue's protocol, as in `after_claim:3`.
    crash_at: Annotated[str | None, Unset, AfterValidator(lambda p: p and _crash_point(p))] = Field(
        None, examples=["after_claim:3"]
    )
    log_level: LogLevel = Field("INFO", examples=["INFO"])
    log_json: bool = Field(False, examples=["true"])
    harvester_log_json: Annotated[bool | None, Unset] = Field(None, examples=["true"])
    watchtower_log_json: Annotated[bool | None, Unset] = Field(None, examples=["true"])
    metrics_flush_seconds: float = Field(5.0, gt=0, le=300, examples=["5"])
    monitor_silence_hours: float = Field(48.0, gt=0, le=8760, examples=["48"])
    run_heartbeat_seconds: float = Field(15.0, gt=0, le=300, examples=["15"])

    @property
    def user_agent(self) -> str:
        """An honest name, with an address to complain to when the operator gives one."""
        return f"Immo-Be/0.1 ({self.crawler_contact})" if self.crawler_contact else "Immo-Be/0.1"

    def logs_json(self, role: Literal["harvester", "watchtower"]) -> bool:
        """Whether this role's lines are JSON: its own variable, else LOG_JSON."""
        own = self.harvester_log_json if role == "harvester" else self.watchtower_log_json
        return self.log_json if own is None else own

    @model_validator(mode="before")
    @classmethod
    def _from_secrets(cls, values: dict[str, Any]) -> dict[str, Any]:
        """What neither the environment nor `.env` says, from the files of IMMOBE_SECRETS_DIR."""
        folder = Path(values.get("immobe_secrets_dir") or cls.model_fields["immobe_secrets_dir"].default)
        missing = [name for name in cls.model_fields if values.get(name) in (None, "")]
        return {**values, **_secrets(folder, missing)}

    @model_validator(mode="after")
    def _scrapyd_credentials(self) -> Config:
        """SCRAPYD_URL with user and password, unless it has its own."""
        user, password, url = self.scrapyd_username, self.scrapyd_password, self.scrapyd_url
        if url and user and password and "@" not in url:
            scheme, _, rest = url.partition("://")
            credentials = f"{quote(user, safe='')}:{quote(password, safe='')}"
            object.__setattr__(self, "scrapyd_url", f"{scheme}://{credentials}@{rest}")
        return self

    @model_validator(mode="after")
    def _polite_to_real_portals(self) -> Config:
        if not self.throttle_enabled and not self.replica_url:
            raise ValueError("THROTTLE_ENABLED may be false only when REPLICA_URL is set: portals are crawled politely")
        return self

    @model_validator(mode="after")
    def _trusted_hosts_are_named(self) -> Config:
        if self.enable_trusted_host and not self.allowed_hosts:
            raise ValueError("ENABLE_TRUSTED_HOST needs ALLOWED_HOSTS, as in ALLOWED_HOSTS=immobe.example.org")
        return self

    @model_validator(mode="after")
    def _pauses_in_order(self) -> Config:
        if self.block_first_pause > self.block_longest_pause:
            raise ValueError("BLOCK_FIRST_PAUSE must not be longer than BLOCK_LONGEST_PAUSE")
        return self


def load_config(env_file: Path | str | None = ".env", **overrides: object) -> Config:
    """Reads environment and `env_file`; `overrides` win over both.

    Raises ConfigError that names each wrong variable, what is wrong with it, and an example.
    """
    try:
        return Config(_env_file=env_file, **overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(error))) from None


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors(include_url=False):
        message = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:
            lines.append(message)
            continue
        name = str(problem["loc"][0])
        examples = Config.model_fields[name].examples or []
        shown = "(hidden)" if name.endswith(("_url", "_key", "_password")) else repr(problem["input"])
        lines.append(f"{name.upper()} is wrong: {message}; got {shown}. Example: {name.upper()}={examples[0]}")
    return lines


def child_environment(config: Config, **variables: str) -> dict[str, str]:
    """The environment for a process of ours that works with `config` in whatever folder; `variables` come on top."""
    services = {"DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url, "REPLICA_URL": config.replica_url}
    ours = {name: value or "" for name, value in services.items()}
    from_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {**from_file, **os.environ, **ours, "IMMOBE_DATA_DIR": str(config.immobe_data_dir), **variables}
