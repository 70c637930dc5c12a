"""Which failures are tried again, and after which pause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from OpenSSL.SSL import Error as TlsError
from scrapy import exceptions
from scrapy.http import Response
from service_identity import VerificationError
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from middlewares.lease import GivenBack, Refused
from middlewares.retry import RetryMiddleware
from middlewares.retry_rules import RetryRules, retry_after_seconds, why_refuse, why_retry

URL = "https://www.immoweb.be/en/classified/1"


def failed_connection(cause: Exception) -> Exception:
    """As Scrapy's download handler raises it."""
    try:
        raise exceptions.DownloadFailedError("failed") from ResponseFailed([Failure(cause)])
    except exceptions.DownloadFailedError as error:
        return error


@pytest.mark.parametrize(
    ("error", "retried", "refused"),
    [
        (exceptions.DownloadTimeoutError(), "timeout", None),
        (exceptions.ResponseDataLossError(), "data_loss", None),
        (exceptions.CannotResolveHostError(), "host_not_found", None),
        (failed_connection(ConnectionResetError()), "connection_lost", None),
        (failed_connection(TlsError([("SSL routines", "", "unexpected eof")])), "connection_lost", None),
        (failed_connection(TlsError([("SSL routines", "", "certificate verify failed")])), None, "certificate"),
        (failed_connection(VerificationError(errors=[])), None, "certificate"),
        (exceptions.DownloadCancelledError(), None, "too_large"),
        (ValueError("a mistake of ours"), None, None),
        (GivenBack("budget"), None, None),
    ],
)
def test_the_table_of_exceptions(error: Exception, retried: str | None, refused: str | None) -> None:
    assert (why_retry(error), why_refuse(error)) == (retried, refused)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 527])
def test_statuses_that_are_tried_again(make_crawler: Any, request_of: Any, status: int) -> None:
    request = request_of()
    with pytest.raises(GivenBack, match=f"http_{status}"):
        RetryMiddleware.from_crawler(make_crawler()).process_response(request, Response(URL, status))
    assert request.meta["lease"]["verdict"] == "retry"


@pytest.mark.parametrize("status", [200, 304, 404, 410])
def test_statuses_that_pass(make_crawler: Any, request_of: Any, status: int) -> None:
    request, response = request_of(handle_httpstatus_list=[304, 404, 410]), Response(URL, status)
    assert RetryMiddleware.from_crawler(make_crawler()).process_response(request, response) is response
    assert request.meta["lease"] == {"attempts": 1}


@pytest.mark.parametrize("status", [400, 403, 451, 501])
def test_a_status_that_nobody_reads_is_not_taken_for_done(make_crawler: Any, request_of: Any, status: int) -> None:
    with pytest.raises(Refused):
        RetryMiddleware.from_crawler(make_crawler()).process_response(request_of(), Response(URL, status))


def test_the_last_attempt_ends_in_the_dead_letters(make_crawler: Any, request_of: Any) -> None:
    crawler, request = make_crawler(RETRY_MAX_ATTEMPTS=3), request_of(attempts=3)
    with pytest.raises(Refused):
        RetryMiddleware.from_crawler(crawler).process_exception(request, exceptions.DownloadTimeoutError())
    assert request.meta["lease"] == {"attempts": 3, "verdict": "dead", "reason": "timeout"}
    assert crawler.stats.values == {"retry/max_reached": 1}


def test_the_pause_grows_with_full_jitter_and_has_an_end() -> None:
    rules = RetryRules(backoff=30, longest=3600)
    assert [rules.delay(n, draw=lambda: 1.0) for n in (1, 2, 3, 7, 8, 99)] == [30, 60, 120, 1920, 3600, 3600]
    assert rules.delay(5, draw=lambda: 0.0) == 0
    assert min(rules.delay(1, retry_after=10) for _ in range(100)) >= 10


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("120", 120), (" 7 ", 7), ("9" * 40, 86400), ("", None), ("soon", None), ("-5", None), ("1.5", None)],
)
def test_retry_after_in_seconds(text: str, seconds: float | None) -> None:
    assert retry_after_seconds(Response(URL, headers={"Retry-After": text})) == seconds


def test_retry_after_as_a_date() -> None:
    when = datetime.now(UTC) + timedelta(seconds=90)
    found = retry_after_seconds(Response(URL, headers={"Retry-After": format_datetime(when, usegmt=True)}))
    assert found == pytest.approx(90, abs=2)
    assert retry_after_seconds(Response(URL)) is None
