"""The `property` part of Immoweb's object: every key that the portal writes, nulls included."""

from __future__ import annotations

from typing import Any

from immobe.items import ListingKind, PropertyType, Region
from immobe.replica.advert import Advert
from immobe.replica.chance import Draws
from immobe.replica.immoweb import words
from immobe.replica.immoweb.districts import DISTRICTS

_LOCATION_TYPES = ("URBAN", "URBAN", "RESIDENTIAL", "RESIDENTIAL", "ISOLATED", "COUNTRY", "FITTED_OUT", "LANDSCAPE")
_KITCHENS = (
    "INSTALLED",
    "INSTALLED",
    "INSTALLED",
    "HYPER_EQUIPPED",
    "HYPER_EQUIPPED",
    "SEMI_EQUIPPED",
    "NOT_INSTALLED",
    "USA_INSTALLED",
    "USA_HYPER_EQUIPPED",
)
_DESIGNATIONS = ("RES", "RES", "RES", "RES", "DIV", "WP", "WCH", "AGR", "IND", "PAR")
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


def property_object(advert: Advert, draws: Draws, language: str) -> dict[str, Any]:
    core, building = advert.core, advert.building
    code = words.TYPE_CODES[core.kind.property_type]
    if core.listing_kind is ListingKind.PROJECT:
        return _project(advert, f"{code}_GROUP", language)
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
        **_rooms(advert, draws),
        **_outside(advert, draws),
        **_comfort(advert, draws),
        **_ending(advert, language),
    }


def _project(advert: Advert, code: str, language: str) -> dict[str, Any]:
    """A project states next to nothing of its own: its units do."""
    return {
        "type": code,
        "subtype": code,
        **_texts(advert, language),
        **_EMPTY_PROPERTY,
        "location": location(advert, Draws(advert.index), language),
        "constructionPermit": _permit(None, None, None, 0),
        **_ending(advert, language),
        "hasTerrace": None,
        "terraceSurface": None,
        "terraceOrientation": None,
    }


def _texts(advert: Advert, language: str) -> dict[str, Any]:
    shown = advert.descriptions.get(language) or advert.descriptions.get(advert.languages[0])
    return {"title": advert.title, "description": shown}


def location(advert: Advert, draws: Draws | None, language: str) -> dict[str, Any]:
    """The card of a search result has the same location, but for its kind."""
    place, address = advert.core.place, advert.address
    is_unit_or_project = advert.core.listing_kind is not ListingKind.SINGLE
    return {
        "country": words.COUNTRY[language],
        "region": words.REGION_WORDS[language][place.region],
        "province": words.PROVINCE_WORDS[language][place.province],
        "district": DISTRICTS[place.district],
        "locality": place.locality,
        "postalCode": place.postal_code,
        "street": address.street,
        "number": address.house_number,
        "box": None if advert.units else address.box,
        "propertyName": draws.maybe(0.2, draws.pick(("0", "", "Résidence Réplique"))) if draws else None,
        "floor": None if advert.units else advert.building.floor,
        "latitude": address.latitude,
        "longitude": address.longitude,
        "distance": None,
        "approximated": None,
        "regionCode": words.REGION_CODES[place.region],
        "type": draws.maybe(0.36, draws.pick(_LOCATION_TYPES)) if draws and not is_unit_or_project else None,
        "hasSeaView": None,
        "pointsOfInterest": _points_of_interest(draws) if draws and draws.chance(0.06) else None,
        "placeName": draws.maybe(0.15, place.locality) if draws else None,
    }


def _points_of_interest(draws: Draws) -> list[dict[str, Any]]:
    return [{"type": kind, "distance": draws.pick((0, 0, 0, -1))} for kind in ("SCHOOL", "SHOPS", "TRANSPORT")]


def _permit(flood: str | None, p_score: str | None, g_score: str | None, buildable: int | None) -> dict[str, Any]:
    return {
        "constructionType": None,
        "floodZoneType": flood,
        "isObtained": None,
        "hasObligationToConstruct": None,
        "hasPlotDivisionAuthorization": None,
        "hasPossiblePriorityPurchaseRight": None,
        "isBreachingUrbanPlanningRegulation": None,
        "floodZoneIconUrl": None,
        "mostRecentUrbanDevelopmentZoning": None,
        "totalBuildableGroundFloorSurface": buildable,
        "urbanPlanningInformation": None,
        "pScore": p_score,
        "gScore": g_score,
        "hasCadastralPlan": None,
        "hasFirstRefusalRight": None,
    }


def _rooms(advert: Advert, draws: Draws) -> dict[str, Any]:
    building, is_home = advert.building, advert.core.kind.is_home
    is_land = advert.core.kind.property_type is PropertyType.LAND
    condition = words.CONDITION_CODES[building.condition] if building.states_condition else None
    return {
        "attic": {"surface": None, "isIsolated": None, "isAccessibleWithFixedStairs": None}
        if building.has_attic
        else None,
        "hasAttic": building.has_attic,
        "basement": {"surface": draws.maybe(0.2, draws.between(4, 60))} if building.has_cellar else None,
        "hasBasement": building.has_cellar,
        "hasDressingRoom": draws.maybe(0.14, draws.chance(0.3)) if is_home else None,
        "diningRoom": {"surface": draws.maybe(0.5, draws.between(8, 30))} if is_home and draws.chance(0.2) else None,
        "hasDiningRoom": draws.maybe(0.2, True) if is_home else None,
        "building": None
        if is_land
        else {
            "annexCount": None,
            "condition": condition,
            "constructionYear": building.construction_year,
            "facadeCount": building.facade_count,
            "floorCount": building.floor_count,
            "hasSyndicator": None,
            "isHeritageProtected": None,
            "sharedSpaces": None,
            "streetFacadeWidth": draws.maybe(0.19, draws.between(5, 14)),
        },
        "propertyCertificates": _certificates(advert, draws) if is_home else None,
        "hasCaretakerOrConcierge": draws.maybe(0.15, False) if is_home else None,
        "hasDisabledAccess": draws.maybe(0.4, draws.chance(0.2)) if is_home else None,
        "hasLift": building.has_lift,
        "constructionPermit": _permit(
            None if building.flood_zone is None else words.FLOOD_CODES[building.flood_zone],
            building.p_score,
            building.g_score,
            draws.pick((0, 0, 0, 0, 75, 216)),
        ),
        "energy": _energy(advert) if is_home else None,
        "kitchen": _kitchen(draws) if is_home else None,
        "land": _land(advert, draws),
        "laundryRoom": {"surface": None} if is_home and draws.chance(0.3) else None,
        "hasLaundryRoom": draws.maybe(0.3, True) if is_home else None,
        "livingRoom": {"surface": draws.maybe(0.7, draws.between(14, 60))} if is_home and draws.chance(0.7) else None,
        "hasLivingRoom": is_home and draws.chance(0.7),
    }


def _certificates(advert: Advert, draws: Draws) -> dict[str, Any]:
    flemish = advert.core.place.region is Region.FLANDERS
    level = advert.energy.e_level
    return {
        "builtPlanStatus": draws.maybe(0.27, draws.pick(("NO", "NO", "YES_CONFORM"))),
        "globalInsulationLevel": None,
        "oilTankCertificateStatus": draws.maybe(0.67, "NOT_SPECIFIED"),
        "primaryEnergyConsumptionLevel": draws.maybe(0.5, draws.pick((0, 0, -1))) if level is None else level,
        "hasAsbestosCertificate": draws.maybe(0.7, draws.chance(0.4)) if flemish else None,
        "hasElectricalInstallationComplianceCertificate": draws.maybe(0.38, draws.chance(0.8)),
    }


def _energy(advert: Advert) -> dict[str, Any]:
    energy = advert.energy
    return {
        "heatingType": None if energy.heating is None else words.HEATING_CODES[energy.heating],
        "hasHeatPump": energy.has_heat_pump,
        "hasPhotovoltaicPanels": energy.has_solar_panels,
        "hasThermicPanels": energy.has_thermic_panels,
        "hasCollectiveWaterHeater": None,
        "hasDoubleGlazing": energy.has_double_glazing,
        "performance": None,
    }


def _kitchen(draws: Draws) -> dict[str, Any]:
    return {
        "surface": draws.maybe(0.43, draws.between(5, 28)),
        "type": draws.maybe(0.64, draws.pick(_KITCHENS)),
        "hasOven": None,
        "hasMicroWaveOven": None,
        "hasDishwasher": None,
        "hasWashingMachine": None,
        "hasFridge": None,
        "hasFreezer": None,
        "hasSteamOven": None,
    }


def _land(advert: Advert, draws: Draws) -> dict[str, Any] | None:
    if advert.building.land_area_m2 is None:
        return None
    flemish = advert.core.place.region is Region.FLANDERS
    return {
        "hasGasWaterElectricityConnection": draws.maybe(0.83, draws.chance(0.67)),
        "hasPlotToRear": draws.maybe(0.14, draws.chance(0.1)),
        "isFacingStreet": draws.maybe(0.14, draws.chance(0.2)),
        "isFlat": draws.maybe(0.14, draws.chance(0.4)),
        "isWooded": draws.maybe(0.14, False),
        "landWidth": draws.pick((0, 0, 0, 6, 8, 12, 21)),
        "latestUseDesignation": draws.maybe(0.7, draws.pick(_DESIGNATIONS)) if flemish else None,
        "rearLand": None,
        "sewerConnection": draws.maybe(0.6, "CONNECTED"),
        "surface": advert.building.land_area_m2,
    }


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
    is_space = advert.core.kind.property_type in (PropertyType.OFFICE, PropertyType.RETAIL, PropertyType.INDUSTRIAL)
    has_fire = is_home and draws.chance(0.09)
    return {
        "showerRoomCount": building.shower_room_count,
        "showerRooms": [],
        "specificities": _SPECIFICITIES | {"totalFloorSurface": advert.core.area_m2} if is_space else None,
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
