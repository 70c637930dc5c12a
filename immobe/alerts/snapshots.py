"""Which transactions PostgreSQL's snapshots saw."""

from __future__ import annotations


def saw(snapshot: str, transaction_id: int) -> bool:
    """Whether a transaction had ended for a snapshot, as PostgreSQL writes one (`xmin:xmax:still,at,work`).

    >>> saw("10:20:12,15", 9), saw("10:20:12,15", 12), saw("10:20:12,15", 13), saw("10:10:", 10)
    (True, False, True, False)
    """
    lowest, highest, working = snapshot.split(":")
    if transaction_id < int(lowest):
        return True
    return transaction_id < int(highest) and str(transaction_id) not in working.split(",")
