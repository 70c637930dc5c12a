"""The `property` part of Immoweb's object: every key that the portal writes, nulls included."""

from __future__ import annotations

from typing import Any

from immobe.items import ListingKind, PropertyType
from immobe.replica.advert import Advert
from immobe.replica.chance import Draws
from immobe.replica.immoweb import words
from immobe.replica.immoweb.location import location
from immobe.replica.immoweb.rooms import permit, rooms

_SPECIFICITIES: dict[str, Any] = dict.fromkeys(
    (
        "internalFixturesAndFittings",
        "miscellaneousFixturesAndFittings",
        "totalFloorSurface",
        "accessDoorCount",
        "sectionalDoorCount",
        "slidingDoorCount",
        "loadingBayCount",
        "coveredBaysCount",
        "loadingBayWithLiftingDeviceCount",
        "ceilingHeight",
        "maxAvailableHeight",
        "minAvailableHeight",
        "showroomSurface",
        "hasReceptionDesk",
        "shopWindowWidth",
        "hasGoodwill",
        "goodwillPrice",
        "hasOffice",
        "office",
        "hasWorkspace",
        "workspace",
    )
)


_LISTS = ("bedrooms", "bathrooms", "showerRooms", "toilets")


_EMPTY_PROPERTY: dict[str, Any] = {
    key: [] if key in _LISTS else None
    for key in [
        "name",
        "isHolidayProperty",
        "bedroomCount",
        "bedrooms",
        "bathroomCount",
        "bathrooms",
        "location",
        "netHabitableSurface",
        "roomCount",
        "monthlyCosts",
        "attic",
        "hasAttic",
        "basement",
        "hasBasement",
        "hasDressingRoom",
        "diningRoom",
        "hasDiningRoom",
        "building",
        "propertyCertificates",
        "hasCaretakerOrConcierge",
        "hasDisabledAccess",
        "hasLift",
        "constructionPermit",
        "energy",
        "kitchen",
        "land",
        "laundryRoom",
        "hasLaundryRoom",
        "livingRoom",
        "hasLivingRoom",
        "isFirstOccupation",
        "hasBalcony",
        "hasBarbecue",
        "hasGarden",
        "gardenSurface",
        "gardenOrientation",
        "parkingCountIndoor",
        "parkingCountOutdoor",
        "parkingCountClosedBox",
        "hasAirConditioning",
        "hasArmoredDoor",
        "hasVisiophone",
        "hasSecureAccessAlarm",
        "hasCableTV",
        "hasDoorPhone",
        "hasInternet",
        "showerRoomCount",
        "showerRooms",
        "specificities",
        "toiletCount",
        "toilets",
        "hasFitnessRoom",
        "hasTennisCourt",
        "hasSwimmingPool",
        "hasSauna",
        "hasJacuzzi",
        "hasHammam",
        "bedroomSurface",
        "fireplaceCount",
        "fireplaceExists",
    ]
} | {"fireplaceExists": False, "hasLivingRoom": False}


def property_object(advert: Advert, draws: Draws, language: str) -> dict[str, Any]:
    core, building = advert.core, advert.building
    code = words.TYPE_CODES[core.kind.property_type]
    if core.listing_kind is ListingKind.PROJECT:
        return _project(advert, draws, f"{code}_GROUP", language)
    return {
        "type": code,
        "subtype": words.subtype_code(core.kind.subtype),
        **_texts(advert, language),
        "name": None,
        "isHolidayProperty": None,
        "bedroomCount": core.bedroom_count,
        "bedrooms": [{"surface": area} for area in building.bedroom_areas_m2],
        "bathroomCount": building.bathroom_count,
        "bathrooms": [],
        "location": location(advert, draws, language),
        "netHabitableSurface": building.living_area_m2,
        "roomCount": building.room_count,
        "monthlyCosts": advert.price.monthly_charges or draws.maybe(0.4, draws.pick((0, 0, 0, 45, 125, 232))),
        **rooms(advert, draws),
        **_outside(advert, draws),
        **_comfort(advert, draws),
        **_ending(advert, language),
    }


def _project(advert: Advert, draws: Draws, code: str, language: str) -> dict[str, Any]:
    """A project states next to nothing of its own: its units do."""
    return {
        "type": code,
        "subtype": code,
        **_texts(advert, language),
        **_EMPTY_PROPERTY,
        "location": location(advert, draws, language),
        "constructionPermit": permit(None, None, None, 0),
        **_ending(advert, language),
        "hasTerrace": None,
        "terraceSurface": None,
        "terraceOrientation": None,
    }


def _texts(advert: Advert, language: str) -> dict[str, Any]:
    shown = advert.descriptions.get(language) or advert.descriptions.get(advert.languages[0])
    return {"title": advert.title, "description": shown}


def _outside(advert: Advert, draws: Draws) -> dict[str, Any]:
    building, is_home = advert.building, advert.core.kind.is_home
    return {
        "isFirstOccupation": None,
        "hasBalcony": None,
        "hasBarbecue": None,
        "hasGarden": building.has_garden,
        "gardenSurface": building.garden_area_m2,
        "gardenOrientation": building.garden_orientation,
        "parkingCountIndoor": building.indoor_parking_count,
        "parkingCountOutdoor": building.outdoor_parking_count,
        "parkingCountClosedBox": None,
        "hasAirConditioning": draws.maybe(0.14, draws.chance(0.13)) if is_home else None,
        "hasArmoredDoor": draws.maybe(0.22, draws.chance(0.3)) if is_home else None,
        "hasVisiophone": draws.maybe(0.32, draws.chance(0.65)) if is_home else None,
        "hasSecureAccessAlarm": draws.maybe(0.37, draws.chance(0.2)) if is_home else None,
        "hasCableTV": draws.maybe(0.57, draws.chance(0.7)) if is_home else None,
        "hasDoorPhone": draws.maybe(0.32, draws.chance(0.44)) if is_home else None,
        "hasInternet": draws.maybe(0.3, draws.chance(0.57)) if is_home else None,
    }


def _comfort(advert: Advert, draws: Draws) -> dict[str, Any]:
    building, is_home = advert.building, advert.core.kind.is_home
    has_fire = is_home and draws.chance(0.09)
    return {
        "showerRoomCount": building.shower_room_count,
        "showerRooms": [],
        "specificities": _specificities(advert, draws),
        "toiletCount": building.toilet_count,
        "toilets": [],
        "hasFitnessRoom": None,
        "hasTennisCourt": None,
        "hasSwimmingPool": building.has_swimming_pool,
        "hasSauna": draws.maybe(0.1, draws.chance(0.06)) if is_home else None,
        "hasJacuzzi": draws.maybe(0.1, draws.chance(0.03)) if is_home else None,
        "hasHammam": None,
        "bedroomSurface": None,
        "fireplaceCount": draws.pick((1, 1, 1, -1)) if has_fire else None,
        "fireplaceExists": has_fire,
    }


def _specificities(advert: Advert, draws: Draws) -> dict[str, Any] | None:
    """Offices and shops tell their floor; a quarter of the homes whether there is room to work."""
    if advert.core.kind.property_type in (PropertyType.OFFICE, PropertyType.RETAIL, PropertyType.INDUSTRIAL):
        return _SPECIFICITIES | {"totalFloorSurface": advert.core.area_m2}
    if not (advert.core.kind.is_home and draws.chance(0.25)):
        return None
    office, workspace = draws.chance(0.65), draws.chance(0.1)
    return _SPECIFICITIES | {
        "hasOffice": office,
        "office": {"surface": draws.between(4, 50)} if office else None,
        "hasWorkspace": workspace,
        "workspace": {"surface": draws.between(30, 160)} if workspace else None,
    }


def _ending(advert: Advert, language: str) -> dict[str, Any]:
    building = advert.building
    others = {code: text for code, text in advert.descriptions.items() if code != language}
    pitch = next(iter(advert.descriptions.values()), "")[:120] if advert.index % 3 == 0 else ""
    return {
        "alternativeDescriptions": others or None,
        "habitableUnitCount": None,
        "hasTerrace": building.has_terrace,
        "terraceSurface": building.terrace_area_m2,
        "terraceOrientation": building.terrace_orientation,
        "salesPitch": {"text": pitch, "isAiGeneratedOrModified": "generated"} if pitch else None,
    }
