"""What the rules for Zimmo's objects share: words and addresses in a draft."""

from __future__ import annotations

from immobe.mapping.mapper import Draft
from immobe.platforms.zimmo import addresses

# Before the words of the objects of search pages.
STATUS_PREFIX = "general.status."
_LONGEST = 300  # characters


def word(draft: Draft, *at: str) -> str | None:
    """The first of these paths' texts, white space folded; None for what is no text. Labels' values are short."""
    found = draft.find(*at)
    return " ".join(found[:_LONGEST].split()) or None if isinstance(found, str) else None


def url_of(draft: Draft) -> str:
    """The listing's address: the object's own, else where the page was had."""
    own = draft.find("url")
    return own if isinstance(own, str) and addresses.path_facts(own) else draft.url
