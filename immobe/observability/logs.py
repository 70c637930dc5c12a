"""structlog's events through the standard library's logging, so that ours, Scrapy's and libraries' lines look alike."""

from __future__ import annotations

import structlog


def send_events_to_logging() -> None:
    """Events become log records: `event key=value …`, under the name of the module that logs."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"], drop_missing=True),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
