"""The faults that can be asked for, by name."""

from __future__ import annotations

from dataclasses import dataclass

from immobe.replica.faults_pages import PageKind

_ANY = frozenset({PageKind.ROBOTS, PageKind.LISTING, PageKind.SEARCH})
_PORTAL_PAGES = frozenset({PageKind.LISTING, PageKind.SEARCH})
_LISTINGS = frozenset({PageKind.LISTING})


@dataclass(frozen=True, slots=True)
class Kind:
    """What a fault is, not how it is played (see `faults_answers` and `faults_streams`)."""

    name: str
    pages: frozenset[PageKind] = _ANY
    spoils: bool = False
    """Spoils a page that there is (status 200); other answers stay as they are."""
    readable: bool = False
    """A page that always has it can be stored all the same."""
    seconds: float | None = None
    """How long it lasts, or tells to wait, unless the text says otherwise."""


KINDS = {
    kind.name: kind
    for kind in (
        Kind("429", seconds=1),
        Kind("503", seconds=1),
        Kind("datadome"),
        Kind("cloudflare"),
        Kind("captcha", _PORTAL_PAGES),
        Kind("login", _PORTAL_PAGES),
        Kind("shell", _PORTAL_PAGES),
        Kind("slow", readable=True, seconds=1),
        Kind("silent", seconds=60),
        Kind("endless", spoils=True, seconds=60),
        Kind("cut", _PORTAL_PAGES, spoils=True),
        Kind("data_loss", spoils=True),
        Kind("latin1", _PORTAL_PAGES, spoils=True, readable=True),
        Kind("mislabelled", _PORTAL_PAGES, spoils=True, readable=True),
        Kind("loop"),
        Kind("offsite"),
        Kind("huge", spoils=True),
        Kind("bomb", spoils=True),
        Kind("marker", _PORTAL_PAGES, spoils=True),
        Kind("price_key", _LISTINGS, spoils=True, readable=True),
        Kind("404"),
        Kind("410"),
        Kind("wrong", _LISTINGS, spoils=True),
    )
}
# Each page that a group hits has one of these, drawn once and for all.
GROUPS = {
    "challenge": ("datadome", "cloudflare"),
    "blocks": ("datadome", "cloudflare", "captcha", "login", "shell"),
    "hanging": ("silent", "endless"),
    "truncated": ("cut", "data_loss"),
    "encoding": ("latin1", "mislabelled"),
    "layout": ("marker", "price_key"),
    "removed": ("404", "410"),
    "passing": ("429", "503", "slow", "silent", "endless", "cut", "data_loss", "latin1", "mislabelled", "loop"),
}


def kinds_named(name: str) -> tuple[Kind, ...]:
    """The kinds behind a fault's or a group's name. Raises KeyError.

    >>> [kind.name for kind in kinds_named("removed")]
    ['404', '410']
    """
    return tuple(KINDS[one] for one in GROUPS.get(name, (name,)))
