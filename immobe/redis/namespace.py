"""What the keys begin with that say something about a host: the replica's must not be taken for a portal's."""

from __future__ import annotations

from hashlib import sha256

PORTALS = "immobe"


def namespace(replica_url: str | None) -> str:
    """The first part of keys for a host's robots.txt, blocks, budget and validators.

    >>> namespace(None), namespace("http://127.0.0.1:8090")
    ('immobe', 'immobe:replica-400dc601')
    """
    if not replica_url:
        return PORTALS
    return f"{PORTALS}:replica-{sha256(replica_url.encode()).hexdigest()[:8]}"
