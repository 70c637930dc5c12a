"""Rooms, building, plot and permits: the middle of the `property` object."""

from __future__ import annotations

from typing import Any

from immobe.items import PropertyType, Region
from immobe.replica.advert import Advert
from immobe.replica.chance import Draws
from immobe.replica.immoweb import words

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


_EMPTY_ATTIC = {"surface": None, "isIsolated": None, "isAccessibleWithFixedStairs": None}


def rooms(advert: Advert, draws: Draws) -> dict[str, Any]:
    return _upper_and_lower(advert, draws) | _building_and_plot(advert, draws) | _living(advert, draws)


def _upper_and_lower(advert: Advert, draws: Draws) -> dict[str, Any]:
    building, is_home = advert.building, advert.core.kind.is_home
    return {
        "attic": _EMPTY_ATTIC if building.has_attic else None,
        "hasAttic": building.has_attic,
        "basement": {"surface": draws.maybe(0.2, draws.between(4, 60))} if building.has_cellar else None,
        "hasBasement": building.has_cellar,
        "hasDressingRoom": draws.maybe(0.14, draws.chance(0.3)) if is_home else None,
        "diningRoom": {"surface": draws.maybe(0.5, draws.between(8, 30))} if is_home and draws.chance(0.2) else None,
        "hasDiningRoom": draws.maybe(0.2, True) if is_home else None,
    }


def _building_and_plot(advert: Advert, draws: Draws) -> dict[str, Any]:
    building, is_home = advert.building, advert.core.kind.is_home
    return {
        "building": _building(advert, draws),
        "propertyCertificates": _certificates(advert, draws) if is_home else None,
        "hasCaretakerOrConcierge": draws.maybe(0.15, False) if is_home else None,
        "hasDisabledAccess": draws.maybe(0.4, draws.chance(0.2)) if is_home else None,
        "hasLift": building.has_lift,
        "constructionPermit": permit(
            None if building.flood_zone is None else words.FLOOD_CODES[building.flood_zone],
            building.p_score,
            building.g_score,
            draws.pick((0, 0, 0, 0, 75, 216)),
        ),
        "energy": _energy(advert) if is_home else None,
        "kitchen": _kitchen(draws) if is_home else None,
        "land": _land(advert, draws),
    }


def _living(advert: Advert, draws: Draws) -> dict[str, Any]:
    is_home = advert.core.kind.is_home
    return {
        "laundryRoom": {"surface": None} if is_home and draws.chance(0.3) else None,
        "hasLaundryRoom": draws.maybe(0.3, True) if is_home else None,
        "livingRoom": {"surface": draws.maybe(0.7, draws.between(14, 60))} if is_home and draws.chance(0.7) else None,
        "hasLivingRoom": is_home and draws.chance(0.7),
    }


def _building(advert: Advert, draws: Draws) -> dict[str, Any] | None:
    building = advert.building
    if advert.core.kind.property_type is PropertyType.LAND:
        return None
    return {
        "annexCount": None,
        "condition": words.CONDITION_CODES[building.condition] if building.states_condition else None,
        "constructionYear": building.construction_year,
        "facadeCount": building.facade_count,
        "floorCount": building.floor_count,
        "hasSyndicator": None,
        "isHeritageProtected": None,
        "sharedSpaces": None,
        "streetFacadeWidth": draws.maybe(0.19, draws.between(5, 14)),
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


def permit(flood: str | None, p_score: str | None, g_score: str | None, buildable: int | None) -> dict[str, Any]:
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
