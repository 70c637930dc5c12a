"""Immovlan's labels, in English, French, Dutch and German: the list of what is read from a listing page.

Schools, stops and shops stand in pages in the same form, so that a label which is not named here is left out. English
labels as captured in 2025 and 2026; of the French ones, those of a page of 2025 (the rest, Dutch and German: as others
report them, else general knowledge).
"""

from __future__ import annotations

from immobe.platforms import html

NAMES = html.label_names({
    "price": ("Price", "Asking price", "Prix", "Prix demandé", "Prijs", "Vraagprijs", "Preis"),
    "rent": ("Rent", "Monthly rent", "Loyer", "Loyer mensuel", "Huurprijs", "Huur", "Miete"),
    "starting_price": ("Starting price", "Starting bid", "Mise à prix", "Instelprijs", "Startpreis"),
    "monthly_charges": (
        "Charges", "Monthly charges", "Charges per month", "Common charges", "Charges mensuelles", "Charges communes",
        "Provision pour charges", "Lasten", "Maandelijkse lasten", "Maandelijkse kosten", "Kosten", "Nebenkosten",
    ),
    "annuity_lump_sum": ("Lump sum", "Bouquet", "Boeket"),
    "annuity_monthly": ("Monthly annuity", "Annuity", "Rente mensuelle", "Rente", "Maandelijkse rente", "Lijfrente"),
    "life_annuity": ("Life annuity", "Life annuity sale", "Viager", "Vente en viager", "Verkoop op lijfrente"),
    "auction_ends_at": ("End of bidding", "Fin des enchères", "Einde van de biedingen"),
    "cadastral_income": ("Cadastral income", "Revenu cadastral", "Kadastraal inkomen", "Katastereinkommen"),
    "vat": (
        "VAT", "VAT applied?", "TVA", "TVA appliquée ?", "TVA appliquée", "Soumis à la TVA", "BTW", "BTW toegepast?",
        "BTW van toepassing", "MwSt",
    ),
    "condition": (
        "State of the property", "État du bien", "Staat van het goed", "Staat van het pand", "Zustand",
    ),
    "availability": (
        "Availability", "Disponibilité du bien", "Disponibilité", "Beschikbaarheid", "Beschikbaarheid van het goed",
        "Verfügbarkeit",
    ),
    "currently_leased": ("Currently leased", "Bien actuellement loué", "Momenteel verhuurd", "Derzeit vermietet"),
    "construction_year": ("Build Year", "Year of construction", "Année de construction", "Bouwjaar", "Baujahr"),
    "bedroom_count": (
        "Number of bedrooms", "Nombre de chambres à coucher", "Nombre de chambres", "Aantal slaapkamers",
        "Anzahl Schlafzimmer",
    ),
    "living_area": (
        "Livable surface", "Livable area", "Surface habitable", "Bewoonbare oppervlakte", "Wohnfläche",
    ),
    "furnished": ("Furnished", "Meublé", "Bien meublé", "Gemeubeld", "Gemeubileerd", "Möbliert"),
    "attic": ("Attic", "Grenier", "Zolder", "Dachboden"),
    "cellar": ("Cellar", "Cellar(s)", "Cave(s)", "Cave", "Kelder", "Kelder(s)", "Keller"),
    "garage": ("Garage",),
    "garage_count": ("Number of garages", "Nombre de garages", "Aantal garages", "Anzahl Garagen"),
    "indoor_parking_count": (
        "Number of parking places (indoor)", "Nombre de places de parking (intérieures)",
        "Nombre de parkings intérieurs", "Aantal parkeerplaatsen (binnen)",
    ),
    "outdoor_parking_count": (
        "Number of parking places (outdoor)", "Nombre de places de parking (extérieures)",
        "Nombre de places de parking (extérieur)", "Nombre de parkings extérieurs", "Aantal parkeerplaatsen (buiten)",
        "Aantal buitenparkeerplaatsen", "Anzahl Außenstellplätze",
    ),
    "kitchen_equipment": (
        "Kitchen equipment", "Équipement de la cuisine", "Équipement cuisine", "Keukenuitrusting",
        "Uitrusting keuken", "Küchenausstattung",
    ),
    "kitchen_type": ("Kitchen type", "Type de cuisine", "Type keuken", "Küchentyp"),
    "bathroom_count": (
        "Number of bathrooms", "Nombre de salles de bain", "Nombre de salles de bains", "Aantal badkamers",
        "Anzahl Badezimmer",
    ),
    "shower_room_count": (
        "Number of showers", "Number of shower rooms", "Nombre de douches", "Nombre de salles de douche",
        "Aantal douches", "Aantal douchekamers", "Anzahl Duschen",
    ),
    "toilet_count": ("Number of toilets", "Nombre de toilettes", "Aantal toiletten", "Anzahl Toiletten"),
    "heating": ("Type of heating", "Type de chauffage", "Type verwarming", "Soort verwarming", "Heizungsart"),
    "glazing": ("Type of glazing", "Type de vitrage", "Type beglazing", "Soort beglazing", "Verglasung"),
    "heat_pump": ("Heat pump", "Pompe à chaleur", "Warmtepomp", "Wärmepumpe"),
    "solar_panels": (
        "Solar panels", "Photovoltaic panels", "Panneaux solaires", "Panneaux photovoltaïques", "Zonnepanelen",
        "Fotovoltaïsche panelen", "Solarmodule", "Photovoltaikanlage",
    ),
    "lift": ("Elevator", "Lift", "Ascenseur", "Aufzug"),
    "floor": (
        "Floor of appartment", "Floor of apartment", "Floor", "Étage de l'appartement", "Étage du bien", "Étage",
        "Verdieping van het appartement", "Verdieping appartement", "Verdieping", "Etage der Wohnung",
    ),
    "floor_count": (
        "Number of floors", "Nombre d'étages", "Aantal verdiepingen", "Aantal verdiepen", "Anzahl Etagen",
    ),
    "facade_count": ("Number of facades", "Nombre de façades", "Aantal gevels", "Anzahl Fassaden"),
    "land_area": (
        "Total land surface", "Surface totale du terrain", "Surface du terrain", "Totale oppervlakte terrein",
        "Totale grondoppervlakte", "Totale oppervlakte van het terrein", "Oppervlakte terrein",
        "Gesamtgrundstücksfläche", "Grundstücksfläche",
    ),
    "garden": ("Garden", "Jardin", "Tuin", "Garten"),
    "garden_area": (
        "Surface garden", "Garden surface", "Surface du jardin", "Surface jardin", "Oppervlakte tuin",
        "Oppervlakte van de tuin", "Gartenfläche",
    ),
    "terrace": ("Terrace", "Terrasse", "Terras", "Terrasse aménagée"),
    "terrace_area": (
        "Surface terrace", "Terrace surface", "Surface de la terrasse", "Surface terrasse", "Oppervlakte terras",
        "Oppervlakte van het terras", "Terrassenfläche",
    ),
    "swimming_pool": (
        "Swimming pool", "Outdoor swimming pool", "Piscine", "Piscine extérieure", "Zwembad", "Buitenzwembad",
        "Schwimmbad",
    ),
    "epc_kwh_m2_year": (
        "Specific primary energy consumption", "Conso. spécifique d'énergie primaire",
        "Consommation spécifique d'énergie primaire", "Specifiek primair energieverbruik",
        "Spec. primair energieverbruik", "Spezifischer Primärenergieverbrauch",
    ),
    "epc_kwh_year": (
        "Yearly total primary energy consumption", "Conso. totale annuelle d'énergie primaire",
        "Consommation annuelle totale d'énergie primaire", "Consommation totale annuelle d'énergie primaire",
        "Totaal jaarlijks primair energieverbruik", "Jaarlijks totaal primair energieverbruik",
    ),
    "co2": (
        "CO2 emission", "CO2 emissions", "Émission CO2", "Émission de CO2", "Émissions de CO2", "CO2-uitstoot",
        "CO2 uitstoot", "CO2-emissie", "CO2-Ausstoß",
    ),
    "epc_reference": (
        "EPC/PEB reference", "Référence PEB", "Référence EPC/PEB", "Référence PEB/EPC", "EPC-referentie",
        "Referentie EPC", "Referentie EPC/PEB", "EPC/PEB referentie", "PEB-Referenz",
    ),
    "epc_valid_until": (
        "Validity date EPC/PEB", "Date de validité PEB", "Date de validité EPC/PEB", "Geldigheidsdatum EPC/PEB",
        "Geldigheidsdatum EPC",
    ),
    "e_level": ("E-level", "E level", "Niveau E", "E-peil", "E-Niveau"),
    "renovation_obligation": ("Renovation obligation", "Obligation de rénovation", "Renovatieplicht"),
    "flood_zone": ("Flooding Area type", "Type de zone inondable", "Type overstromingsgebied"),
    "demarcated_flood_zone": (
        "Demarcated flooding area", "Zone inondable délimitée", "Afgebakend overstromingsgebied",
    ),
    "p_score": ("P-score", "Score P", "P score"),
    "g_score": ("G-score", "Score G", "G score"),
})  # fmt: skip
