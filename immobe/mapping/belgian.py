"""What every Belgian platform writes alike: postal codes, EPC labels, languages, places."""

from __future__ import annotations

import re

from immobe.geo import locate, place_key
from immobe.items import EpcLabel, LocationPrecision, Region
from immobe.mapping.convert import Unconvertible, text
from immobe.mapping.mapper import Draft, as_found

LANGUAGES = ("fr", "nl", "en", "de")
_BELGIUM = ("belgium", "belgique", "belgie", "belgien", "be")


def language(value: object) -> str:
    """One of `LANGUAGES`."""
    if value not in LANGUAGES:
        raise Unconvertible("unknown language")
    return str(value)


def postal_code(value: object) -> str | None:
    """Four digits, the first not 0; whether the code exists, validation decides.

    >>> postal_code("9000"), postal_code(1050), postal_code("")
    ('9000', '1050', None)
    """
    found = text(value)
    if found and not re.fullmatch(r"[1-9]\d{3}", found):
        raise Unconvertible("not a Belgian postal code")
    return found


def epc_label(value: object) -> EpcLabel | None:
    """A label; the signs of Brussels' sub-grades are dropped (D- is D); a range of several units is no label.

    >>> str(epc_label("d-")), str(epc_label("A++"))
    ('D', 'A++')
    """
    found = text(value)
    if found is None:
        return None
    label = found.upper()
    if re.fullmatch(r"A-|[B-G][+-]", label):
        label = label[0]
    if label not in tuple(EpcLabel):
        raise Unconvertible("no EPC label")
    return EpcLabel(label)


def epc_sign(draft: Draft) -> None:
    """Brussels divides its letters (A+, D-): they are their letter. Elsewhere A+ is a label of its own, and D- is none.

    Scales: Flanders A+ to F, Wallonia A++ to G, Brussels A to G (the regions' energy agencies, read 2026-11).
    """
    region, label = draft.values.get("region"), draft.values.get("epc_label")
    if region is Region.BRUSSELS and label is EpcLabel.A_PLUS:
        draft.values["epc_label"], draft.raw["epc_label"] = EpcLabel.A, "A+"
    elif region not in (None, Region.BRUSSELS) and label is not None and _is_divided(draft.raw.get("epc_label", "")):
        del draft.values["epc_label"]
        draft.missing["epc_label"] = f"rejected:not_on_scale_of_{region}"


def _is_divided(label: str) -> bool:
    """Whether it is a letter with the sign of a sub-grade.

    >>> _is_divided("D+"), _is_divided("a-"), _is_divided("A+"), _is_divided("A++")
    (True, True, False, False)
    """
    return re.fullmatch(r"[B-G][+-]|A-", label.strip().upper()) is not None


def flood_score(value: object) -> str | None:
    """A P- or G-score of Flanders: A (no flooding) to D."""
    found = text(value)
    if found is not None and found not in ("A", "B", "C", "D"):
        raise Unconvertible("no flood score")
    return found


def must_be_in_belgium(draft: Draft, country: object) -> None:
    """Takes the postal code from an advert that names another country; a country that is not stated is Belgium."""
    if isinstance(country, str) and country.strip() and place_key(country) not in _BELGIUM:
        draft.values.pop("postal_code", None)
        draft.missing["postal_code"], draft.raw["postal_code"] = "rejected:not_in_belgium", as_found(country)


def place(draft: Draft, *, approximate: bool = False) -> None:
    """Municipality, province and region come from the postal code: the page's words change with its language.

    `approximate`: the page says that its point is not the home's own.
    """
    code = draft.values.get("postal_code")
    place = locate(code, draft.values.get("locality")) if code else None
    if place:
        for name, value in (
            ("municipality_nis", place.municipality_nis),
            ("province", place.province),
            ("region", place.region),
        ):
            if value is not None:
                draft.values[name] = value
    if "latitude" in draft.values and "longitude" in draft.values:
        hidden = not (draft.values.get("street") and draft.values.get("house_number"))
        vague = hidden or approximate
        draft.values["location_precision"] = LocationPrecision.APPROXIMATE if vague else LocationPrecision.EXACT
    elif code:
        draft.values["location_precision"] = LocationPrecision.MUNICIPALITY
