"""Biddit's addresses and what they answer: a sitemap in files, and a page for each lot with its object in a script."""

from __future__ import annotations

import json
import re
from typing import Any

from immobe.items import MarketStatus, PriceKind, SaleMethod, SellerType, TransactionType
from immobe.replica.advert import Advert
from immobe.replica.biddit.lots import GARAGE_INCOME, PLOT_M2, ends_at, has_garage, has_plot, lot
from immobe.replica.homes import NOT_FOUND, page, place_truth
from immobe.replica.immoweb.markup import zulu
from immobe.replica.market import Market
from immobe.replica.numbering import Numbering
from immobe.replica.reply import Reply
from immobe.replica.sellers import draw_seller
from immobe.replica.window import Assortment
from immobe.replica.window_portal import WindowPortal

HOST = "www.biddit.be"
ROOT = f"https://{HOST}"
LOTS_A_FILE = 20
_NUMBERING = Numbering(300_003, 5)
_SITEMAP = re.compile(r"/stg/eco/fr_sitemap_(\d{1,4})\.xml")
_LOT = re.compile(r"/(fr|nl|en|de)/catalog/detail/(\d{6,9})")
_SCRIPTS = (
    '<script id="ng-state" type="application/json">{}</script>',
    '<script type="application/json">{}</script>',
    "<script>window.__INITIAL_STATE__ = {};</script>",
)


def _sold_by_notary(market: Market, index: int) -> bool:
    core = market.core(index)
    seller = draw_seller(market.draws("seller", index), core)
    return core.transaction is TransactionType.SALE and seller.seller_type is SellerType.NOTARY


class BidditPortal(WindowPortal):
    """All that notaries sell. A sitemap is whole: it knows no last page."""

    platform = "biddit"
    hosts: tuple[str, ...] = (HOST,)
    doors: tuple[str, ...] = ("/stg/eco/fr_sitemap_1.xml",)
    assortment = Assortment("biddit", 1.0, _sold_by_notary, has_projects=False)
    disallowed = ("/api/",)

    def answer(self, path: str, query: str) -> Reply:
        sitemap, found = _SITEMAP.fullmatch(path), _LOT.fullmatch(path)
        if sitemap:
            return self._sitemap(int(sitemap[1]))
        index = self.window.behind(_NUMBERING, found[2]) if found else None
        if found is None or index is None:
            return NOT_FOUND
        state = {"lot": {"body": lot(self.window.advert(index), found[2])}, "language": found[1]}
        script = _SCRIPTS[index % len(_SCRIPTS)].format(json.dumps(state).replace("</", "<\\/"))
        return page(found[1], "<title>Biddit</title>", f"<app-root></app-root>\n{script}")

    def _sitemap(self, number: int) -> Reply:
        indexes = list(self.window.present())
        shown = indexes[(number - 1) * LOTS_A_FILE : number * LOTS_A_FILE]
        if not shown and number != 1:
            return NOT_FOUND
        pages = "".join(f"<url><loc>{self._url(index)}</loc></url>\n" for index in shown)
        text = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
            f"<url><loc>{ROOT}/fr/search</loc></url>\n{pages}</urlset>\n"
        )
        return Reply(200, (text.encode(),), b"application/xml")

    def _url(self, index: int) -> str:
        return f"{ROOT}/fr/catalog/detail/{_NUMBERING.number(self.window.market, index)}"

    def truth_of(self, index: int) -> dict[str, Any]:
        advert, url = self.window.advert(index), self._url(index)
        core = advert.core
        is_auction = core.sale_method is SaleMethod.PUBLIC_AUCTION
        found = {
            "platform": "biddit",
            "platform_listing_id": url.rpartition("/")[2],
            "url": url,
            "listing_kind": core.listing_kind,
            "transaction_type": core.transaction,
            "sale_method": core.sale_method,
            "status": MarketStatus.AVAILABLE if is_auction else None,
            "property_type": core.kind.property_type,
            "property_subtype": core.kind.subtype,
            "auction_ends_at": zulu(ends_at(advert)) if is_auction else None,
            "seller_type": SellerType.NOTARY,
            "seller_name": advert.seller.name,
            "seller_id": str(advert.seller.number),
        }
        return found | _price(advert) | place_truth(advert, tells_point=True) | _home(advert)


def _price(advert: Advert) -> dict[str, Any]:
    """The rent of an annuity has no key that is known."""
    price = advert.price
    if advert.core.sale_method is SaleMethod.LIFE_ANNUITY:
        return {"price_eur": None, "annuity_lump_sum_eur": price.annuity_lump_sum, "annuity_monthly_eur": None}
    return {"price_eur": price.main, "price_kind": price.kind if price.main else PriceKind.ON_REQUEST}


def _home(advert: Advert) -> dict[str, Any]:
    """What all properties of the lot say together: plots and cadastral income are sums, of which no part is missing."""
    building, energy = advert.building, advert.energy
    plot, income = building.land_area_m2 or None, building.cadastral_income_eur or None
    garage = GARAGE_INCOME if has_garage(advert) else 0
    return {
        "bedroom_count": advert.core.bedroom_count,
        "bathroom_count": building.bathroom_count,
        "living_area_m2": building.living_area_m2,
        "land_area_m2": plot + PLOT_M2 if plot and has_plot(advert) else plot,
        "construction_year": building.construction_year,
        "facade_count": building.facade_count,
        "epc_label": energy.label,
        "epc_kwh_m2_year": energy.kwh_m2_year,
        "cadastral_income_eur": income + garage if income and not has_plot(advert) else None,
        "flood_zone": building.flood_zone,
        "has_garden": building.has_garden,
        "has_terrace": building.has_terrace,
    } | ({"has_garage": True} if has_garage(advert) else {})
