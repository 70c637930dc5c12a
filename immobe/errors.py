"""Every error that Immo-Bé raises on purpose.

ImmobeError
├── ConfigError           a setting is wrong or missing
├── ServiceError          PostgreSQL or Redis cannot be started or reached; immobe.redis has kinds of its own:
│                         BreakerOpen, JournalError, JournalFull, JournalBusy
├── PageNotMade           the browser cannot make a page now: the queue delivers it again
├── UnknownPlatform       no platform has this name, or none owns this URL
├── ScopeError            the scope of a crawl cannot be understood
└── PageError             a page or object that cannot be used
    ├── UnreadablePage    it should hold a listing (or results) but is cut, broken or in another format
    └── NotAListing       it is a sound page of another kind
"""


class ImmobeError(Exception):
    """Root of the tree. Its text is meant for the person who reads it."""


class ConfigError(ImmobeError):
    """A setting is wrong. The text names the variable, what is wrong, and an example."""


class ServiceError(ImmobeError):
    """A service cannot be started or reached. The text says which, and how to mend it."""


class PageNotMade(ImmobeError):  # noqa: N818 - reads as what happened
    """A page that needs the browser could not be made; it goes back to the queue for `delay_seconds`.

    `reason` is a short code. `counts`: this was an attempt of the page's; else the page had no part in it.
    """

    def __init__(self, reason: str, text: str, *, delay_seconds: float | None = None, counts: bool = True) -> None:
        super().__init__(text)
        self.reason, self.delay_seconds, self.counts = reason, delay_seconds, counts


class UnknownPlatform(ImmobeError):  # noqa: N818 - reads as what happened
    """No platform has this name, or none owns this URL."""


class ScopeError(ImmobeError):
    """The scope of a crawl names something that does not exist."""


class PageError(ImmobeError):
    """A page cannot be used. `reason` is a short code for counting; the text is for people."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class UnreadablePage(PageError):  # noqa: N818
    """The page should hold what we look for, but is cut, broken or in a format we do not know."""


class NotAListing(PageError):  # noqa: N818
    """A sound page of another kind: search results, an article, a removed advert."""
