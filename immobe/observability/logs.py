"""One format for every line: ours (structlog), Scrapy's and libraries' (logging) pass the same formatter.

A console for people, in colours when it is a terminal; JSON, one object a line, for machines; a file has Scrapy's own
layout unless it is JSON. Every line has timestamp (UTC), level, logger, event, worker, and, where they are known,
platform and correlation_id.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from immobe.observability.correlation import current_fields
from immobe.observability.redaction import LONGEST_TEXT, LONGEST_TRACEBACK, safe
from immobe.observability.scrapy_layout import scrapy_line

# What the arguments of a library's line may say as fields of their own: see `immobe.extensions.log_format`.
_FIELDS_IN_ARGUMENTS = ("platform", "platform_listing_id", "correlation_id", "reason")
# They tell at INFO what nobody asks.
_QUIET = {"alembic": logging.WARNING, "asyncio": logging.INFO, "urllib3": logging.INFO, "filelock": logging.WARNING}

_handler: logging.Handler | None = None


def worker_name() -> str:
    """This process, among all machines'."""
    return f"{socket.gethostname()}-{os.getpid()}"


def configure_logs(
    level: str | int = "INFO", json: bool = False, role: str | None = None, file: str | Path | None = None
) -> None:
    """Sends every line from `level` up to stderr, or to the end of `file`. A later call replaces an earlier one.

    `role` is named in every line (`harvester`, `watchtower`).
    """
    global _handler
    root = logging.getLogger()
    if _handler is not None:
        root.removeHandler(_handler)
        _handler.close()
    _handler = logging.FileHandler(file, encoding="utf-8") if file else _StandardError()
    _handler.setFormatter(_formatter(_renderer(json, to_file=bool(file)), role))
    _handler.setLevel(level)  # Scrapy gives its own loggers the level DEBUG
    root.addHandler(_handler)
    root.setLevel(level)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what sys.stderr is when the line is written: it may be replaced meanwhile."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def _renderer(json: bool, *, to_file: bool) -> Processor:
    if json:
        return structlog.processors.JSONRenderer()
    if to_file:
        return scrapy_line
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)


def _formatter(renderer: Processor, role: str | None) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        processors=[_with_facts(role), structlog.processors.format_exc_info, _safe, renderer], pass_foreign_args=True
    )


def _with_facts(role: str | None) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """What is known of a line beside what it says itself; the line's own fields win."""
        record: logging.LogRecord = event.pop("_record")
        event.pop("_from_structlog")
        arguments = event.pop("positional_args", None)
        facts: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": event.pop("event", ""),
            "worker": worker_name(),
        }
        if role:
            facts["role"] = role
        spider = getattr(record, "spider", None)
        if spider is not None:
            facts["platform"] = spider.name
        return {**facts, **current_fields(), **_named(arguments), **event}

    return add


def _named(arguments: object) -> dict[str, Any]:
    if not isinstance(arguments, Mapping):
        return {}
    return {name: arguments[name] for name in _FIELDS_IN_ARGUMENTS if arguments.get(name)}


def _safe(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {
        name: safe(value, name, LONGEST_TRACEBACK if name == "exception" else LONGEST_TEXT)
        for name, value in event.items()
    }
