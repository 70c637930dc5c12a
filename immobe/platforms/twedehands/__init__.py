"""2dehands.be and 2ememain.be: one site for adverts of everything, in Dutch and in French, with a part for homes.

Only pages that the server renders are read: category pages with `.hz-Listing` cards (reported in June 2026) and pages
of adverts with `window.__CONFIG__` (reported in 2026). The services `/lrp/api/` and `/lp/api/` are disallowed by
robots.txt and are never asked. Most sellers are private, and nothing tells them from others: of a seller only the place
is kept. A page names a place and rarely a postal code; a place alone may be several, so such an advert is refused.
"""

from immobe.platforms.twedehands.portal import Twedehands

__all__ = ["Twedehands"]
