"""Immoscoop's labels and the names of its icons. Dutch and English labels as others report them (2025, 2026), French
and German ones from general knowledge; icons as captured (May 2025) and reported."""

from __future__ import annotations

from immobe.platforms import html

NAMES = html.label_names({
    "type": ("Type", "Type pand", "Property type", "Type de bien", "Pandtype"),
    "price": ("Prijs", "Vraagprijs", "Huurprijs", "Price", "Asking price", "Rent", "Prix", "Prix demandé", "Loyer",
              "Preis", "Miete"),
    "monthly_charges": ("Maandelijkse lasten", "Maandelijkse kosten", "Monthly charges", "Monthly costs", "Lasten",
                        "Charges mensuelles", "Nebenkosten"),
    "cadastral_income": ("Kadastraal inkomen", "KI", "Cadastral income", "Revenu cadastral", "Katastereinkommen"),
    "living_area": ("Bewoonbare oppervlakte", "Living area", "Livable surface area", "Habitable surface", "Surface",
                    "Surface habitable", "Wohnfläche"),
    "land_area": ("Perceeloppervlakte", "Grondoppervlakte", "Plot size", "Terrain area", "Plot area", "Surface terrain",
                  "Surface du terrain", "Grundstücksfläche"),
    "bedroom_count": ("Aantal slaapkamers", "Slaapkamers", "Number of bedrooms", "Bedrooms", "Nombre de chambres",
                      "Chambres", "Anzahl Schlafzimmer", "Schlafzimmer"),
    "bathroom_count": ("Aantal badkamers", "Badkamers", "Number of bathrooms", "Bathrooms", "Nombre de salles de bain",
                       "Salles de bain", "Anzahl Badezimmer"),
    "toilet_count": ("Aantal toiletten", "Toiletten", "Number of toilets", "Toilets", "Nombre de toilettes"),
    "construction_year": ("Bouwjaar", "Construction year", "Year of construction", "Année de construction", "Baujahr"),
    "facade_count": ("Aantal gevels", "Gevels", "Number of facades", "Facades", "Nombre de façades"),
    "floor_count": ("Aantal verdiepingen", "Number of floors", "Nombre d'étages"),
    "floor": ("Verdieping", "Floor", "Étage"),
    "condition": ("Staat", "Staat van het pand", "Condition", "State of the property", "État du bien", "Zustand"),
    "status": ("Status", "Statut"),
    "available": ("Beschikbaar vanaf", "Available from", "Disponible à partir du"),
    "epc": ("EPC", "EPC-waarde", "EPC waarde", "EPC value", "EPC score", "PEB", "EPC-label", "EPC label",
            "Energielabel", "Label PEB", "EPC-klasse"),
    "epc_reference": ("EPC-nummer", "EPC-certificaatnummer", "EPC certificate number", "EPC reference", "Unieke code",
                      "Numéro PEB"),
    "e_level": ("E-peil", "E-level", "Niveau E"),
    "heating_type": ("Verwarming", "Type verwarming", "Heating type", "Heating", "Type de chauffage", "Chauffage",
                     "Heizung"),
    "double_glazing": ("Dubbele beglazing", "Double glazing", "Double vitrage"),
    "solar_panels": ("Zonnepanelen", "Solar panels", "Panneaux solaires"),
    "heat_pump": ("Warmtepomp", "Heat pump", "Pompe à chaleur"),
    "renovation_obligation": ("Renovatieplicht", "Renovation obligation", "Obligation de rénovation"),
    "flood_zone": ("Overstromingsgebied", "Flood zone", "Zone inondable"),
    "p_score": ("P-score", "Score P"),
    "g_score": ("G-score", "Score G"),
    "terrace": ("Terras", "Terrace", "Terrasse"),
    "garden": ("Tuin", "Garden", "Jardin", "Garten"),
    "garden_area": ("Oppervlakte tuin", "Garden area", "Surface jardin"),
    "terrace_area": ("Oppervlakte terras", "Terrace area", "Surface terrasse"),
    "garage": ("Garage", "Garages"),
    "parking_count": ("Parkeerplaatsen", "Aantal parkeerplaatsen", "Parking spaces", "Places de parking"),
    "lift": ("Lift", "Elevator", "Ascenseur", "Aufzug"),
    "pool": ("Zwembad", "Swimming pool", "Piscine"),
    "cellar": ("Kelder", "Cellar", "Cave", "Keller"),
    "furnished": ("Gemeubeld", "Furnished", "Meublé", "Möbliert"),
    "reference": ("Referentie", "Reference", "Référence", "Referenz"),
})  # fmt: skip

FEATURES = html.label_names({
    "bedroom_count": ("bedrooms", "BedroomNumber"),
    "bathroom_count": ("bathrooms", "BathroomNumber"),
    "living_area": ("livableSurfaceArea", "LivableSurface"),
    "land_area": ("TerrainArea",),
    "epc": ("EPC-label", "EpcClass"),
})  # fmt: skip
