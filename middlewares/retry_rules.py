"""What is worth another try, and when."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from OpenSSL.SSL import Error as TlsError
from scrapy import exceptions
from scrapy.core.downloader.handlers.http11 import TunnelError
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.internet import error as network
from twisted.web.client import ResponseFailed

from immobe.redis import full_jitter

# RFC 9110 and RFC 6585; 520-527 are Cloudflare's for an origin that fails (its documentation, November 2026).
RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 528)})

# First match counts. Exceptions that are not named here are our own mistakes and pass untouched.
RETRIED_EXCEPTIONS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.DownloadTimeoutError, "timeout"),
    (exceptions.ResponseDataLossError, "data_loss"),
    (exceptions.CannotResolveHostError, "host_not_found"),
    (exceptions.DownloadConnectionRefusedError, "connection_refused"),
    (exceptions.DownloadFailedError, "connection_lost"),
    (network.TimeoutError, "timeout"),
    (network.ConnectError, "connection_failed"),
    (network.ConnectionDone, "connection_lost"),
    (network.ConnectionLost, "connection_lost"),
    (TunnelError, "proxy"),
    (OSError, "connection_failed"),
)
REFUSED_EXCEPTIONS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.DownloadCancelledError, "too_large"),
    (exceptions.UnsupportedURLSchemeError, "unsupported_scheme"),
)
LONGEST_RETRY_AFTER = 24 * 3600.0  # a portal that names more has made a mistake, or will say so again tomorrow


@dataclass(frozen=True)
class RetryRules:
    """`backoff` and `longest` are seconds: the first pause lies below `backoff`, no pause of ours above `longest`."""

    max_attempts: int = 5
    backoff: float = 30.0
    longest: float = 3600.0

    @classmethod
    def of(cls, settings: BaseSettings) -> RetryRules:
        """RETRY_MAX_ATTEMPTS, RETRY_BACKOFF and RETRY_LONGEST_DELAY."""
        return cls(
            settings.getint("RETRY_MAX_ATTEMPTS", cls.max_attempts),
            settings.getfloat("RETRY_BACKOFF", cls.backoff),
            settings.getfloat("RETRY_LONGEST_DELAY", cls.longest),
        )

    def delay(
        self, attempts: int, retry_after: float | None = None, draw: Callable[[], float] = random.random
    ) -> float:
        """Seconds until the next delivery, after `attempts` of them.

        What the portal asks for is the least; a jitter comes on top, so that not all workers return at that second.

        >>> RetryRules(backoff=30).delay(3, draw=lambda: 0.5), RetryRules(backoff=30).delay(3, 600, draw=lambda: 0.5)
        (60.0, 615.0)
        """
        if retry_after is None:
            return full_jitter(attempts - 1, base=self.backoff, cap=self.longest, draw=draw)
        return retry_after + full_jitter(0, base=self.backoff, cap=self.longest, draw=draw)


def why_retry(error: Exception) -> str | None:
    """The reason's code when a download that failed with `error` may succeed later, else None."""
    if is_certificate_error(error):
        return None
    return next((reason for kind, reason in RETRIED_EXCEPTIONS if isinstance(error, kind)), None)


def why_refuse(error: Exception) -> str | None:
    """The reason's code when a download that failed with `error` will fail again, else None."""
    if is_certificate_error(error):
        return "certificate"
    return next((reason for kind, reason in REFUSED_EXCEPTIONS if isinstance(error, kind)), None)


def is_certificate_error(error: BaseException | None) -> bool:
    """Whether the server could not prove who it is: Scrapy wraps that in the failure of the connection."""
    if isinstance(error, ResponseFailed):
        return any(is_certificate_error(reason.value) for reason in error.reasons)
    if isinstance(error, TlsError):
        return "certificate" in str(error)
    return type(error).__name__ == "VerificationError" or (
        error is not None and error.__cause__ is not None and is_certificate_error(error.__cause__)
    )


def retry_after_seconds(response: Response) -> float | None:
    """What `Retry-After` asks for, as seconds from now, at most a day; None when it is absent or means nothing.

    >>> retry_after_seconds(Response("https://x.be", headers={"Retry-After": "120"}))
    120.0
    >>> retry_after_seconds(Response("https://x.be", headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}))
    0.0
    """
    text = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST_RETRY_AFTER)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    return min(max((when - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_RETRY_AFTER)
