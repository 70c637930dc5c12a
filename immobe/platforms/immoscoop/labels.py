"""Immoscoop's labels and the names of its icons: the shared list of labels, and what this portal has beside it.

Dutch and English labels as others report them (2025, 2026), French and German ones from general knowledge; icons as
captured (May 2025) and reported.
"""

from __future__ import annotations

from immobe.platforms import html, labelled

_OWN: dict[str, tuple[str, ...]] = {
    # A letter, a consumption, or both.
    "epc": ("EPC", "PEB"),
    "epc_kwh_m2_year": ("EPC score", "Score PEB"),
    "epc_label": ("Energielabel",),
    "epc_reference": ("EPC-certificaatnummer", "EPC reference", "Unieke code"),
    "monthly_charges_eur": ("Maandelijkse lasten", "Lasten", "Nebenkosten"),
    "cadastral_income_eur": ("Katastereinkommen",),
    "living_area_m2": ("Livable surface area", "Habitable surface"),
    "land_area_m2": ("Terrain area", "Plot area"),
    "bedroom_count": ("Anzahl Schlafzimmer",),
    "bathroom_count": ("Anzahl Badezimmer",),
    "heating_type": ("Heizung",),
    "available_from": ("Disponible à partir du",),
    "condition": ("Staat van het pand", "State of the property", "État du bien", "Zustand"),
    "e_level": ("E-peil", "E-level", "Niveau E"),
    "has_solar_panels": ("Zonnepanelen", "Solar panels", "Panneaux solaires"),
    "has_heat_pump": ("Warmtepomp", "Heat pump", "Pompe à chaleur"),
    "renovation_obligation": ("Renovatieplicht", "Renovation obligation", "Obligation de rénovation"),
    "flood_zone": ("Overstromingsgebied", "Flood zone", "Zone inondable"),
    "p_score": ("P-score", "Score P"),
    "g_score": ("G-score", "Score G"),
}
NAMES = html.label_names(
    {name: (*labelled.LABELS.get(name, ()), *_OWN.get(name, ())) for name in {**labelled.LABELS, **_OWN}}
)
FEATURES = html.label_names(
    {
        "bedroom_count": ("bedrooms", "BedroomNumber"),
        "bathroom_count": ("bathrooms", "BathroomNumber"),
        "living_area_m2": ("livableSurfaceArea", "LivableSurface"),
        "land_area_m2": ("TerrainArea",),
        "epc_label": ("EPC-label", "EpcClass"),
    }
)
