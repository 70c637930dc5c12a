"""How a scrape ended, from the little that tells: its item, its exception, its lease. No I/O, no state.

Words for reasons are short codes, since each becomes a series in Prometheus.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from scrapy import Request

from immobe.items import QuarantinedRecord, RemovedListing
from immobe.observability.metrics import ScrapeStatus

BLOCKED = "blocked:"
_TIMED_OUT = ("timeout", "deadline")


class Ending(NamedTuple):
    """How it ended, and why when it did not end well."""

    status: ScrapeStatus
    reason: str = ""


class Retry(NamedTuple):
    """It has not ended: the page is tried again later."""

    reason: str
    counts: bool = True
    """False: the page was only put back, this was no attempt."""


def lease_of(request: Request) -> Mapping[str, Any]:
    """What the scheduler and the middlewares noted about this delivery."""
    lease = request.meta.get("lease")
    return lease if isinstance(lease, Mapping) else {}


def attempts_of(request: Request) -> int:
    """Deliveries by the queue, this one included, and Scrapy's own retries of this one."""
    return int(lease_of(request).get("attempts", 1)) + int(request.meta.get("retry_times", 0))


def code(text: str) -> str:
    """What stands before the first colon, as a word for counting.

    >>> code("json_cut_off: the object ends in the middle"), code("504 Gateway Time-out")
    ('json_cut_off', '504_gateway_time_out')
    """
    return re.sub(r"\W+", "_", text.partition(":")[0].strip().lower())[:60] or "unknown"


def of_item(item: object) -> Ending:
    """For an item that passed all pipelines, and so is committed."""
    if isinstance(item, RemovedListing):
        return Ending(ScrapeStatus.GONE, item.evidence)
    if isinstance(item, QuarantinedRecord):
        return Ending(ScrapeStatus.FAILED, code(next(iter(item.reasons), "")))
    return Ending(ScrapeStatus.SUCCESS)


def of_exception(error: BaseException) -> Ending:
    """For a download or a callback that raised.

    >>> of_exception(TimeoutError()).status.value, of_exception(ValueError())
    ('TIMEOUT', Ending(status=<ScrapeStatus.FAILED: 'FAILED'>, reason='value_error'))
    """
    said = str(getattr(error, "reason", "") or "")
    name = code(said) if said else re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
    return Ending(_status_of(name), name)


def of_lease(lease: Mapping[str, Any], *, fetched: bool, max_attempts: int = 5) -> Ending | Retry | None:
    """What the middlewares and the scheduler decided; None when nothing.

    A page put back unread while the portal is shut is no answer of the portal's. The last attempt is not repeated.
    """
    verdict, reason, counts = lease.get("verdict"), str(lease.get("reason") or ""), bool(lease.get("counts", True))
    if reason.startswith(BLOCKED) and (fetched or counts):
        return Ending(ScrapeStatus.BLOCKED, code(reason.removeprefix(BLOCKED)))
    if verdict == "retry" and not (counts and int(lease.get("attempts", 1)) >= max_attempts):
        return Retry(code(reason), counts)
    if verdict in ("retry", "dead"):
        return Ending(_status_of(code(reason)), code(reason))
    return None


def _status_of(reason: str) -> ScrapeStatus:
    late = reason.startswith(_TIMED_OUT) or "timeout" in reason or "timed_out" in reason
    return ScrapeStatus.TIMEOUT if late else ScrapeStatus.FAILED
