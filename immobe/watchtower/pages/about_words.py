"""What is read of each portal, and what is not, in a sentence each; docs/platforms.md says it at length."""

from __future__ import annotations

from typing import NamedTuple

from immobe.watchtower.languages import N_


class Portal(NamedTuple):
    """Both in English, for translation."""

    reads: str
    limits: str


PORTALS = {
    "biddit": Portal(
        N_("Public sales and private sales with bids of the notaries, from the sitemap."),
        N_("No bids, bidders or documents."),
    ),
    "immoscoop": Portal(
        N_("Search pages by municipality, and adverts of houses and apartments."),
        N_("No status and no seller's name; other kinds of property are not searched."),
    ),
    "immovlan": Portal(
        N_("Search pages, adverts for sale and to let, projects with their units."),
        N_("Three pictures an advert; at most 1,000 results a search, larger ones are divided."),
    ),
    "immoweb": Portal(
        N_("Search pages, adverts for sale and to let, projects with their units."),
        N_("Larger searches than the portal shows are divided by place and price."),
    ),
    "realo": Portal(
        N_("Search pages and adverts of houses and flats."),
        N_("Estimates of homes that nobody offers are no adverts; projects come without their units."),
    ),
    "trevi": Portal(
        N_("Search pages and adverts of the agency's houses and apartments."),
        N_("No coordinates; other kinds of property are not searched."),
    ),
    "twedehands": Portal(
        N_("The category of houses and apartments for sale of 2dehands and 2ememain."),
        N_("Most sellers are private: of a seller the place alone is kept. Rents are not searched."),
    ),
    "zimmo": Portal(
        N_("Search pages, adverts for sale and to let, projects with their units."),
        N_("Businesses to take over are not stored; the portal's search service is never called."),
    ),
}
