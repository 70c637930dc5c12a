"""What Zimmo calls things, in Dutch and French, on pages and in addresses."""

from __future__ import annotations

from immobe.items import Condition, HeatingType, TransactionType
from immobe.items import PropertySubtype as Sub
from immobe.items import PropertyType as Type

LANGUAGES = ("nl", "fr")
TRANSACTIONS = {TransactionType.SALE: ("te-koop", "a-vendre"), TransactionType.RENT: ("te-huur", "a-louer")}
OFFERED = {TransactionType.SALE: ("te koop", "à vendre"), TransactionType.RENT: ("te huur", "à louer")}
# {type: (in addresses, on pages)}
TYPES = {
    Type.HOUSE: (("huis", "maison"), ("Huis", "Maison")),
    Type.APARTMENT: (("appartement", "appartement"), ("Appartement", "Appartement")),
    Type.LAND: (("grond", "terrain"), ("Grond", "Terrain")),
    Type.GARAGE: (("garage", "garage"), ("Garage", "Garage")),
    Type.OFFICE: (("bedrijfsvastgoed", "bien-professionnel"), ("Bedrijfsvastgoed", "Bien professionnel")),
    Type.RETAIL: (("bedrijfsvastgoed", "bien-professionnel"), ("Bedrijfsvastgoed", "Bien professionnel")),
    Type.INDUSTRIAL: (("bedrijfsvastgoed", "bien-professionnel"), ("Bedrijfsvastgoed", "Bien professionnel")),
}
PROJECT = ("nieuwbouwproject", "projet-immobilier")
ROOM = ("kot-studentenkamer", "kot-colocation")
# The search's categories.
CATEGORIES = {
    "HOUSE": (Type.HOUSE,),
    "APARTMENT": (Type.APARTMENT,),
    "ROOM": (Type.APARTMENT,),
    "PLOT": (Type.LAND,),
    "GARAGE": (Type.GARAGE,),
    "COMMERCIAL": (Type.OFFICE, Type.RETAIL, Type.INDUSTRIAL),
    "OTHER": (Type.OTHER,),
}
SUBTYPES = {
    Sub.HOUSE: ("Eengezinswoning", "Maison unifamiliale"),
    Sub.VILLA: ("Villa", "Villa"),
    Sub.TOWN_HOUSE: ("Bel-etage", "Bel-étage"),
    Sub.MANSION: ("Herenhuis", "Maison de maître"),
    Sub.BUNGALOW: ("Bungalow", "Bungalow"),
    Sub.CHALET: ("Chalet", "Chalet"),
    Sub.FARMHOUSE: ("Hoeve", "Ferme"),
    Sub.COUNTRY_COTTAGE: ("Fermette", "Fermette"),
    Sub.APARTMENT_BLOCK: ("Opbrengsteigendom", "Immeuble d'appartements"),
    Sub.MIXED_USE_BUILDING: ("Gemengd gebruik", "Usage mixte"),
    Sub.EXCEPTIONAL_PROPERTY: ("Uitzonderlijk vastgoed", "Maison exceptionnelle"),
    Sub.CASTLE: ("Kasteel", "Château"),
    Sub.APARTMENT: ("Appartement", "Appartement"),
    Sub.GROUND_FLOOR: ("Gelijkvloers app.", "App. rez-de-chaussée"),
    Sub.DUPLEX: ("Duplex", "Duplex"),
    Sub.TRIPLEX: ("Triplex", "Triplex"),
    Sub.PENTHOUSE: ("Dakappartement", "Attique"),
    Sub.STUDIO: ("Studio", "Studio"),
    Sub.LOFT: ("Loft", "Loft"),
    Sub.SERVICE_FLAT: ("Serviceflat", "Appartement pour retraités"),
    Sub.STUDENT_ROOM: ("Studentenkamer", "Chambre d’étudiant"),
    Sub.BUILDING_LAND: ("Bouwgrond", "Terrain à bâtir"),
    Sub.CLOSED_GARAGE: ("Garagebox", "Box fermé"),
    Sub.OUTDOOR_PARKING_SPACE: ("Buitenparkeerplaats", "Parking extérieur"),
    Sub.OFFICE: ("Kantoor", "Bureau"),
    Sub.COMMERCIAL_PREMISES: ("Handelspand", "Rez commercial"),
    Sub.WAREHOUSE: ("Magazijn", "Entrepôt"),
}
CONDITIONS = {
    Condition.NEW: ("Nieuw", "Neuf"),
    Condition.RENOVATED: ("Gerenoveerd", "Rénové"),
    Condition.GOOD: ("Goede staat", "Bon état"),
    Condition.TO_REFRESH: ("Op te frissen", "À rafraîchir"),
    Condition.TO_RENOVATE: ("Te renoveren", "À rénover"),
    Condition.TO_RESTORE: ("Te restaureren", "À restaurer"),
}
HEATINGS = {
    HeatingType.GAS: ("Aardgas", "Gaz"),
    HeatingType.FUEL_OIL: ("Stookolie", "Mazout"),
    HeatingType.ELECTRIC: ("Elektriciteit", "Électricité"),
    HeatingType.PELLET: ("Pellets", "Pellets"),
    HeatingType.WOOD: ("Hout", "Bois"),
}
LABELS = {
    "price": ("Prijs", "Prix"),
    "address": ("Adres", "Adresse"),
    "type": ("Type", "Type"),
    "living_area_m2": ("Woonopp.", "Surf. habitable"),
    "land_area_m2": ("Grondopp.", "Sup. du terrain"),
    "bedroom_count": ("Slaapkamers", "Chambres"),
    "bathroom_count": ("Badkamers", "Salles de bain"),
    "construction_year": ("Bouwjaar", "Construit en"),
    "epc": ("EPC", "PEB"),
    "renovation_obligation": ("Renovatieplicht", "Obligation de rénovation"),
    "cadastral_income_eur": ("KI", "RC"),
    "parking_count": ("Garages", "Garages"),
}
# In the tables below the main features.
MORE_LABELS = {
    "shower_room_count": ("Douchekamers", "Salles de douche"),
    "toilet_count": ("Toiletten", "Toilettes"),
    "facade_count": ("Gevels", "Façades"),
    "floor": ("Verdieping", "Étage"),
    "floor_count": ("Aantal verdiepingen", "Nombre d'étages"),
    "condition": ("Staat van het gebouw", "État du bâtiment"),
    "heating_type": ("Type verwarming", "Type de chauffage"),
    "epc_reference": ("Unieke code EPC", "Code unique PEB"),
    "e_level": ("E-peil", "Niveau E"),
    "monthly_charges_eur": ("Lasten", "Charges"),
    "garden": ("Tuin", "Jardin"),
    "terrace": ("Terras", "Terrasse"),
    "has_lift": ("Lift", "Ascenseur"),
    "has_swimming_pool": ("Zwembad", "Piscine"),
    "has_cellar": ("Kelder", "Cave"),
    "is_furnished": ("Gemeubeld", "Meublé"),
    "p_score": ("P-score", "P-score"),
    "g_score": ("G-score", "G-score"),
    "external_reference": ("Referentie", "Référence"),
}
ON_REQUEST, FROM = ("Prijs op aanvraag", "Prix sur demande"), ("Vanaf ", "À partir de ")
NO_ADDRESS = ("Adres op aanvraag", "Adresse sur demande")
UNDER_OPTION, NEW = ("Onder optie", "Sous option"), ("Nieuw", "Nouveau")
APPLIES, APPLIES_NOT = ("Van toepassing", "Est applicable"), ("Niet van toepassing", "N'est pas applicable")
