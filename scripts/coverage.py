"""How much of what the captured pages say is stored.

    .venv/bin/python scripts/coverage.py                    a row a platform, from the facts in tests/captures
    .venv/bin/python scripts/coverage.py --fields [FOLDER]  a row a field, for Immoweb's objects

A fact is a field that was read from a page independently of our code; "stored" counts those that the record has with
that value, "other" those with another, "invented" what the record has and the facts have not. With --fields, "stated"
counts the adverts whose raw object gives the field a value that is no sentinel for "unknown"; what is stated and not
stored was refused, with its reason. That table of paths is this script's own, so that it does not repeat an error of
the mapping.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))

from immobe.items import Listing
from immobe.parsing import parse_file, parse_payload
from immobe.platforms import PLATFORMS
from tests.captures.facts import captures_of, facts_of, same, stated

CAPTURES = Path(__file__).parents[1].parent / "shared" / "captures" / "immoweb"
NOTHING: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Paths:
    """Where the portal states a field; any one path suffices. `unknown` are the values that mean "not stated"."""

    paths: tuple[str, ...]
    unknown: tuple[Any, ...] = ()

    def state(self, payload: dict[str, Any]) -> bool:
        found = (value_at(payload, path) for path in self.paths)
        return any(value not in NOTHING and not self.means_unknown(value) for value in found)

    def means_unknown(self, value: Any) -> bool:
        """Equal in type too: False is an answer where 0 is none."""
        return any(type(value) is type(sentinel) and value == sentinel for sentinel in self.unknown)


def at(*paths: str, unknown: tuple[Any, ...] = ()) -> Paths:
    return Paths(paths, unknown)


LOCATION, BUILDING, ENERGY = "property.location", "property.building", "property.energy"
PERMIT, EPC, SALE = "property.constructionPermit", "transaction.certificates", "transaction.sale"
STATED = {
    "platform_listing_id": at("id"),
    "language": at("price.language"),
    "listing_kind": at("property.type"),
    "external_reference": at("externalReference"),
    "transaction_type": at("transaction.type"),
    "status": at("flags.isSoldOrRented", "flags.main"),
    "price_eur": at(f"{SALE}.price", "transaction.rental.monthlyRentalPrice", unknown=(0,)),
    "price_kind": at(f"{SALE}.price", "transaction.rental.monthlyRentalPrice", "price.minRangeValue", unknown=(0,)),
    "price_min_eur": at("price.minRangeValue"),
    "price_max_eur": at("price.maxRangeValue"),
    "previous_price_eur": at("price.oldValue"),
    "monthly_charges_eur": at("transaction.rental.monthlyRentalCosts"),
    "annuity_lump_sum_eur": at(f"{SALE}.lifeAnnuity.lumpSum"),
    "annuity_monthly_eur": at(f"{SALE}.lifeAnnuity.monthlyAmount"),
    "subject_to_vat": at(f"{SALE}.isSubjectToVat"),
    "cadastral_income_eur": at(f"{SALE}.cadastralIncome", unknown=(0,)),
    "property_type": at("property.type"),
    "property_subtype": at("property.subtype"),
    "condition": at(f"{BUILDING}.condition"),
    "construction_year": at(f"{BUILDING}.constructionYear", unknown=(0,)),
    "facade_count": at(f"{BUILDING}.facadeCount", unknown=(0,)),
    "floor_count": at(f"{BUILDING}.floorCount", unknown=(0,)),
    "floor": at(f"{LOCATION}.floor"),
    "bedroom_count": at("property.bedroomCount"),
    "bathroom_count": at("property.bathroomCount"),
    "shower_room_count": at("property.showerRoomCount"),
    "toilet_count": at("property.toiletCount"),
    "room_count": at("property.roomCount", unknown=(0,)),
    "living_area_m2": at("property.netHabitableSurface", unknown=(0,)),
    "land_area_m2": at("property.land.surface", "property.landSurface", unknown=(0,)),
    "garden_area_m2": at("property.gardenSurface", unknown=(0,)),
    "terrace_area_m2": at("property.terraceSurface", unknown=(0,)),
    "epc_label": at(f"{EPC}.epcScore", "transaction.certificate"),
    "epc_kwh_m2_year": at(f"{EPC}.primaryEnergyConsumptionPerSqm", unknown=(0,)),
    "epc_reference": at(f"{EPC}.epcReference"),
    "e_level": at("property.propertyCertificates.primaryEnergyConsumptionLevel", unknown=(0, -1)),
    "co2_kg_m2_year": at(f"{EPC}.carbonEmission", unknown=(0,)),
    "renovation_obligation": at(f"{EPC}.renovationObligation"),
    "heating_type": at(f"{ENERGY}.heatingType"),
    "has_heat_pump": at(f"{ENERGY}.hasHeatPump"),
    "has_solar_panels": at(f"{ENERGY}.hasPhotovoltaicPanels"),
    "has_double_glazing": at(f"{ENERGY}.hasDoubleGlazing"),
    "flood_zone": at(f"{PERMIT}.floodZoneType"),
    "p_score": at(f"{PERMIT}.pScore"),
    "g_score": at(f"{PERMIT}.gScore"),
    "street": at(f"{LOCATION}.street"),
    "house_number": at(f"{LOCATION}.number", unknown=("0",)),
    "box": at(f"{LOCATION}.box"),
    "postal_code": at(f"{LOCATION}.postalCode"),
    "locality": at(f"{LOCATION}.locality"),
    "municipality_nis": at(f"{LOCATION}.postalCode"),
    "province": at(f"{LOCATION}.province", unknown=("Brussels", "Bruxelles", "Brussel")),
    "region": at(f"{LOCATION}.regionCode"),
    "latitude": at(f"{LOCATION}.latitude"),
    "longitude": at(f"{LOCATION}.longitude"),
    "location_precision": at(f"{LOCATION}.postalCode"),
    "has_garden": at("property.hasGarden", "property.gardenSurface", unknown=(0,)),
    "has_terrace": at("property.hasTerrace", "property.terraceSurface", unknown=(0,)),
    "has_garage": at("property.parkingCountIndoor", "property.parkingCountClosedBox"),
    "parking_count": at(
        "property.parkingCountIndoor", "property.parkingCountOutdoor", "property.parkingCountClosedBox"
    ),
    "has_lift": at("property.hasLift"),
    "has_swimming_pool": at("property.hasSwimmingPool"),
    "is_furnished": at(f"{SALE}.isFurnished", "transaction.rental.isFurnished"),
    "has_cellar": at("property.hasBasement"),
    "seller_type": at("customers", "flags.isNotarySale", unknown=(False,)),
    "title": at("property.title"),
    "description": at("property.description", "property.alternativeDescriptions", unknown=("-", "/")),
    "image_urls": at("media.pictures"),
    "virtual_tour_url": at("media.virtualTourUrl", "media.virtualExperienceUrl"),
    "published_at": at("publication.creationDate"),
    "modified_at": at("publication.lastModificationDate"),
    "available_from": at("transaction.availabilityDate"),
}


def value_at(payload: Any, path: str) -> Any:
    for key in path.split("."):
        payload = payload.get(key) if isinstance(payload, dict) else None
    return payload


def professional(payload: dict[str, Any], key: str) -> bool:
    """A seller's datum that may be stored: a private seller's may not."""
    first = (payload.get("customers") or [{}])[0]
    return first.get("type") != "PRIVATE" and first.get(key) not in NOTHING


SELLER = {"seller_name": "name", "seller_id": "id", "seller_licence": "ipiNo"}


def states(payload: dict[str, Any], field: str) -> bool:
    return professional(payload, SELLER[field]) if field in SELLER else STATED[field].state(payload)


def adverts(folder: Path) -> dict[int, dict[str, Any]]:
    """Every captured advert once, by id; a page of search results is none."""
    found: dict[int, dict[str, Any]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in {".json", ".html"} and not is_search_page(path):
            for payload in objects(path):
                found.setdefault(payload["id"], payload)
    return found


def is_search_page(path: Path) -> bool:
    return path.name.endswith((".page.html", ".results.json"))


def objects(path: Path) -> Iterator[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    start = 0 if path.suffix == ".json" else text.index("{", text.index("window.classified = "))
    content = json.JSONDecoder().raw_decode(text, start)[0]
    yield from content if isinstance(content, list) else [content]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fields", nargs="?", type=Path, const=CAPTURES, metavar="FOLDER")
    folder = parser.parse_args().fields
    if not (folder or CAPTURES).is_dir():
        print(f"no captures in {folder or CAPTURES}", file=sys.stderr)
        return 2
    if folder is None:
        Console(width=100).print(by_platform())
        return 0
    pages = adverts(folder)
    records = {key: parse_payload("immoweb", payload).listing for key, payload in pages.items()}
    Console(width=150).print(table(pages, records))
    return 0


def by_platform() -> Table:
    shown = Table("platform", title="Facts of the captured pages", title_justify="left")
    for heading in ("adverts", "records", "facts", "stored", "other", "not stored", "invented"):
        shown.add_column(heading, justify="right")
    for platform in PLATFORMS:
        facts = facts_of(platform)
        if facts:
            counted = Counter[str]()
            for fact in facts:
                counted.update(compared(fact, captures_of(platform) / fact["file"], platform))
            numbers = [counted[name] for name in ("records", "facts", "stored", "other", "not stored", "invented")]
            shown.add_row(platform, f"{len(facts):,}", *(f"{number:,}" for number in numbers))
    return shown


def compared(fact: dict[str, Any], path: Path, platform: str) -> Iterator[str]:
    """What each field of one advert counts as."""
    parsed = parse_file(platform, path, url=fact.get("from"))
    listing = parsed[fact.get("index", 0)].listing
    if listing is not None:
        yield "records"
    got = stated(listing) if listing else {}
    for field in stated(listing) if listing else fact:
        if field in fact.get("open", ()):
            continue
        expected, value = fact.get(field), got.get(field)
        if expected not in NOTHING:
            yield "facts"
            yield "stored" if same(expected, value) else "not stored" if value in NOTHING else "other"
        elif value not in (*NOTHING, 0, False):
            yield "invented"


def table(pages: dict[int, dict[str, Any]], records: dict[int, Listing | None]) -> Table:
    fields = [field for field in Listing.model_fields if field in STATED or field in SELLER]
    shown = Table("field", title=f"{len(pages)} captured adverts, {sum(map(bool, records.values()))} records")
    for heading in ("stated", "stored", "not stored", "not stated"):
        shown.add_column(heading, justify="right")
    shown.add_column("why not stored")
    totals = [0, 0, 0, 0]
    for field in fields:
        stated = {key for key, payload in pages.items() if states(payload, field)}
        stored = {key for key, record in records.items() if record and getattr(record, field) not in NOTHING}
        why = Counter(reason(records[key], field) for key in stated - stored)
        counts = [len(stated), len(stored), len(stated - stored), len(stored - stated)]
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        shown.add_row(field, *map(str, counts), ", ".join(f"{count} {text}" for text, count in why.most_common()))
    shown.add_section()
    shown.add_row("all fields", *map(str, totals), "")
    return shown


def reason(record: Listing | None, field: str) -> str:
    return record.missing.get(field, "no reason given") if record else "no record"


if __name__ == "__main__":
    sys.exit(main())
