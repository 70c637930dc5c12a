"""Trevi's addresses and pages, in French."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import parse_qs, quote

from immobe.items import MarketStatus, PriceKind, PropertyType, SellerType, TransactionType
from immobe.replica.advert import Advert
from immobe.replica.homes import (
    FROM,
    NOT_FOUND,
    ON_REQUEST,
    address_line,
    common_truth,
    euro,
    facts,
    is_named_home,
    kind_word,
    page,
    place_truth,
    price_truth,
    rows,
    table,
)
from immobe.replica.numbering import Numbering
from immobe.replica.reply import Reply
from immobe.replica.search_index import Query
from immobe.replica.window import Assortment
from immobe.replica.window_portal import WindowPortal

HOST = "www.trevi.be"
PAGE_SIZE = 12
_NUMBERING = Numbering(7_200_001, 9)
_SEARCH = re.compile(r"/fr/(acheter|louer)-bien-immobilier/(maisons|appartements)")
_LISTING = re.compile(r"/fr/bien/(\d+)/(\d+)/([^/]+)/([^/]+)")
_TYPES = {"maisons": (PropertyType.HOUSE, 1), "appartements": (PropertyType.APARTMENT, 2)}


class TreviPortal(WindowPortal):
    """The site on one day: one home in eight, whoever sells it elsewhere."""

    platform = "trevi"
    hosts: tuple[str, ...] = (HOST,)
    doors: tuple[str, ...] = ("/fr/acheter-bien-immobilier/maisons?purpose=0&estatecategory=1",)
    assortment = Assortment("trevi", 0.125, is_named_home, has_projects=False)
    disallowed = ("/Connections/",)

    def answer(self, path: str, query: str) -> Reply:
        search, listing = _SEARCH.fullmatch(path), _LISTING.fullmatch(path)
        if search:
            return self._search(search, query)
        index = self.window.behind(_NUMBERING, listing[1]) if listing else None
        return NOT_FOUND if index is None else self._listing_page(index)

    def _search(self, asked: re.Match[str], raw_query: str) -> Reply:
        parameters = parse_qs(raw_query)
        number = int(parameters.get("pagenumber", ["1"])[-1])
        prices = (parameters.get(name, [None])[-1] for name in ("minprice", "maxprice"))
        low, high = (None if price is None else int(price) for price in prices)
        query = Query(
            frozenset({_TYPES[asked[2]][0]}),
            TransactionType.RENT if asked[1] == "louer" else TransactionType.SALE,
            postal_codes=frozenset(zone.partition("_")[0] for zone in parameters.get("zips[]", ())),
            min_price=low,
            max_price=high,
        )
        found = self.index.find(query)
        last = min(self.index.last_page, -(-len(found) // PAGE_SIZE))
        kept = re.sub(r"&?pagenumber=\d+", "", raw_query)
        links = "".join(f'<a href="?{escape(kept)}&amp;pagenumber={n}">{n}</a> ' for n in range(1, last + 1))
        cards = "\n".join(self._card(index) for index in self.index.page(found, number, PAGE_SIZE))
        body = f'<div class="row liste_biens">\n{cards}\n</div>\n<nav>{links}</nav>'
        return page("fr", "<title>Trevi</title>", body)

    def _card(self, index: int) -> str:
        advert = self.window.advert(index)
        place, building = advert.core.place, advert.building
        parts = [
            "Option" if advert.status is MarketStatus.UNDER_OPTION else None,
            kind_word(advert, "fr"),
            f"{place.postal_code} {place.locality}",
            _price(advert),
            f"{advert.core.bedroom_count} chbres" if advert.core.bedroom_count else None,
            f"{building.living_area_m2} m² habitable" if building.living_area_m2 else None,
            f"{building.land_area_m2} m² de terrain" if building.land_area_m2 else None,
        ]
        spans = "".join(f"<span>{escape(part)}</span>" for part in parts if part)
        return f'<div><a href="{self._path(index)}">{spans}</a></div>'

    def _listing_page(self, index: int) -> Reply:
        advert = self.window.advert(index)
        rent = advert.core.transaction is TransactionType.RENT
        charges = advert.price.monthly_charges
        place = advert.core.place
        shown = [
            ("Loyer" if rent else "Prix", _price(advert)),
            *([("Charges / mois", f"{charges} €")] if charges else []),
            ("Code postal", f"{place.postal_code} - {place.locality}"),
            *([("Adresse", address_line(advert, "fr"))] if advert.address.street else []),
            *rows(advert, "fr"),
        ]
        ribbon = '<div class="ruban"><span>Option</span></div>' if advert.status is MarketStatus.UNDER_OPTION else ""
        text = escape(advert.descriptions.get("fr") or "")
        title = escape(f"{kind_word(advert, 'fr')} {'à louer' if rent else 'à vendre'} à {place.locality}")
        body = (
            f'<div class="bien--details">\n{ribbon}\n'
            f'<a data-fancybox="gallery" href="https://pictures.example/{self._number(index)}.jpg"></a>\n'
            f'<div class="bien__content"><div><div><p>Référence : <b>{self._reference(advert)}</b></p>'
            f"<p>{text}</p></div>\n"
            f"{table(shown)}\n</div></div>\n</div>"
        )
        head = f'<meta property="og:title" content="{title}">\n<link rel="canonical" href="{self._url(index)}">'
        return page("fr", head, body)

    def _reference(self, advert: Advert) -> str:
        return advert.external_reference or str(self._number(advert.index))

    def _number(self, index: int) -> int:
        return _NUMBERING.number(self.window.market, index)

    def _path(self, index: int) -> str:
        core = self.window.market.core(index)
        slug, number = next((w[:-1], n) for w, (kind, n) in _TYPES.items() if kind is core.kind.property_type)
        return f"/fr/bien/{self._number(index)}/{number}/{slug}/{quote(core.place.locality)}"

    def _url(self, index: int) -> str:
        return f"https://{HOST}{self._path(index)}"

    def truth_of(self, index: int) -> dict[str, Any]:
        advert = self.window.advert(index)
        return (
            common_truth("trevi", advert)
            | {"platform_listing_id": str(self._number(index)), "url": self._url(index), "status": advert.status}
            | {"external_reference": self._reference(advert), "seller_type": SellerType.AGENCY, "seller_name": "Trevi"}
            | price_truth(advert, tells_floor=True)
            | {"monthly_charges_eur": advert.price.monthly_charges}
            | place_truth(advert, tells_point=False)
            | facts(advert)
        )


def _price(advert: Advert) -> str:
    if advert.price.main is None:
        return ON_REQUEST["fr"]
    floor = FROM["fr"] if advert.price.kind is PriceKind.FROM else ""
    unit = " €/mois" if advert.core.transaction is TransactionType.RENT else " €"
    return f"{floor}{euro(advert.price.main)}{unit}"
