"""Words of the adverts, in the portals' three languages. All written for the replica.

Placeholders: {noun} {place} {area} {rooms} {street} {price}.
"""

from __future__ import annotations

NOUNS = {
    "house": ("maison", "woning", "house"),
    "villa": ("villa", "villa", "villa"),
    "mansion": ("maison de maître", "herenhuis", "mansion"),
    "town_house": ("bel-étage", "bel-etage", "town house"),
    "bungalow": ("bungalow", "bungalow", "bungalow"),
    "chalet": ("chalet", "chalet", "chalet"),
    "farmhouse": ("ferme", "hoeve", "farmhouse"),
    "country_cottage": ("maison de campagne", "landhuis", "country cottage"),
    "manor_house": ("manoir", "landgoed", "manor house"),
    "pavilion": ("pavillon", "paviljoen", "pavilion"),
    "castle": ("château", "kasteel", "castle"),
    "show_house": ("maison témoin", "kijkwoning", "show house"),
    "apartment_block": ("immeuble de rapport", "opbrengsteigendom", "apartment block"),
    "mixed_use_building": ("immeuble mixte", "gemengd gebouw", "mixed-use building"),
    "exceptional_property": ("propriété d'exception", "uitzonderlijk eigendom", "exceptional property"),
    "apartment": ("appartement", "appartement", "apartment"),
    "ground_floor": ("rez-de-chaussée", "gelijkvloers appartement", "ground floor flat"),
    "duplex": ("duplex", "duplex", "duplex"),
    "triplex": ("triplex", "triplex", "triplex"),
    "penthouse": ("penthouse", "penthouse", "penthouse"),
    "loft": ("loft", "loft", "loft"),
    "studio": ("studio", "studio", "studio"),
    "service_flat": ("résidence-services", "serviceflat", "service flat"),
    "student_room": ("kot", "studentenkamer", "student room"),
    "building_land": ("terrain à bâtir", "bouwgrond", "building land"),
    "agricultural_land": ("terre agricole", "landbouwgrond", "agricultural land"),
    "recreational_land": ("terrain de loisirs", "recreatiegrond", "recreational land"),
    "unbuildable_land": ("terrain non bâtissable", "niet-bebouwbare grond", "unbuildable land"),
    "forest": ("bois", "bos", "forest"),
    "meadow": ("prairie", "weide", "meadow"),
    "closed_garage": ("garage fermé", "garagebox", "lock-up garage"),
    "covered_parking_space": ("parking couvert", "overdekte staanplaats", "covered parking space"),
    "outdoor_parking_space": ("parking extérieur", "buitenstaanplaats", "outdoor parking space"),
    "office": ("bureaux", "kantoor", "office"),
    "office_block": ("immeuble de bureaux", "kantoorgebouw", "office block"),
    "commercial_premises": ("surface commerciale", "handelspand", "shop"),
    "hotel": ("hôtel", "hotel", "hotel"),
    "catering": ("horeca", "horecazaak", "restaurant"),
    "warehouse": ("entrepôt", "magazijn", "warehouse"),
    "industrial_premises": ("bâtiment industriel", "industriegebouw", "industrial building"),
    "other": ("bien divers", "overig goed", "other property"),
}
"""Subtype: noun in French, Dutch, English."""

ROOMS = {"fr": "{rooms} chambres", "nl": "{rooms} slaapkamers", "en": "{rooms} bedrooms"}

HOME = {
    "fr": (
        "À {place}, nous avons le plaisir de vous présenter ce bien : {noun} de {area} m² baigné de lumière.",
        "Le séjour s'ouvre largement sur l'extérieur et la cuisine offre de nombreux rangements.",
        "À l'étage : palier, {rooms} chambre(s) et une salle d'eau récemment remise à neuf.",
        "Le quartier est calme ; écoles, commerces et transports se trouvent à quelques minutes à pied.",
        "Châssis en double vitrage, installation électrique à vérifier selon l'année de construction.",
        "Une cave saine et un coin buanderie complètent l'ensemble.",
        "Faire offre à partir du prix affiché, sous réserve d'acceptation par les propriétaires.",
        "Les superficies sont données à titre indicatif et ne lient pas le vendeur.",
        'Coup de cœur de l\'équipe : la terrasse « plein sud » et sa vue dégagée, dite "le balcon".',
        "Idéal pour une famille, un premier achat ou un investissement locatif ✨.",
        "Possibilité d'aménager les combles ; la charpente a été contrôlée il y a peu.",
        "Le chauffage est individuel et les compteurs sont séparés pour chaque niveau.",
        "Un emplacement devant la façade permet de charger une voiture électrique 🚗.",
        "Toute information utile peut être obtenue lors de la visite, organisée chaque samedi matin.",
    ),
    "nl": (
        "In {place} stellen wij u met plezier dit pand voor: {noun} van {area} m² met veel lichtinval.",
        "De leefruimte geeft uit op het terras en sluit aan op een praktische keuken.",
        "Boven zijn er een nachthal, {rooms} slaapkamer(s) en een vernieuwde badkamer.",
        "De buurt is rustig en toch vlot bereikbaar; winkels en scholen liggen op wandelafstand.",
        "De ramen hebben dubbel glas; de elektriciteit werd deels vernieuwd.",
        "Onder het huis bevindt zich een droge kelder, ideaal als berging.",
        "Bieden kan vanaf de vraagprijs, onder voorbehoud van aanvaarding door de eigenaar.",
        "Oppervlakten zijn indicatief en bindend noch voor de verkoper, noch voor het kantoor.",
        'Onze troef: het terras op het zuiden, door de buren "de zonnehoek" genoemd ☀️.',
        "Geschikt voor een gezin, een eerste aankoop of als opbrengsteigendom.",
        "De zolder kan mits vergunning ingericht worden als extra kamer.",
        "Elke verdieping heeft aparte meters voor water, gas en elektriciteit.",
        "Aan de voordeur is er plaats om een wagen elektrisch op te laden 🔌.",
        "Bezoeken zijn mogelijk op afspraak, ook op zaterdagvoormiddag.",
    ),
    "en": (
        "In {place} we are pleased to present this {noun} of {area} m², full of light.",
        "The living room opens widely onto the outside, next to a practical kitchen.",
        "Upstairs: a landing, {rooms} bedroom(s) and a bathroom that was renewed lately.",
        "A quiet neighbourhood; schools, shops and public transport are within walking distance.",
        "Double glazing throughout; the electrical installation was renewed in part.",
        "A dry cellar and a laundry corner complete the property.",
        "Offers are welcome from the price shown, subject to the owner's acceptance.",
        "Areas are given as an indication and bind neither the seller nor the office.",
        'Our favourite: the south-facing terrace, which neighbours call "the balcony" 🌇.',
        "Ideal for a family, a first purchase or an investment.",
        "The attic can be converted, subject to a permit.",
        "Each level has its own meters for water, gas and electricity.",
        "There is room in front of the door to charge an electric car.",
        "Visits by appointment, on Saturday mornings too.",
    ),
}
PLOT_OR_SPACE = {
    "fr": (
        "Bien situé à {place} : {noun} d'une superficie de {area} m², facile d'accès.",
        "Les renseignements urbanistiques ont été demandés à la commune.",
        "Libre à l'acte ; aucune servitude n'est connue du propriétaire.",
        "À proximité immédiate des grands axes et d'un arrêt de bus.",
        "Les superficies sont données à titre indicatif.",
    ),
    "nl": (
        "Goed gelegen in {place}: {noun} met een oppervlakte van {area} m², vlot bereikbaar.",
        "De stedenbouwkundige inlichtingen werden bij de gemeente aangevraagd.",
        "Vrij bij akte; de eigenaar kent geen erfdienstbaarheden.",
        "Vlak bij grote invalswegen en een bushalte.",
        "De vermelde oppervlakte is indicatief.",
    ),
    "en": (
        "Well located in {place}: {noun} of {area} m², easy to reach.",
        "Planning information was requested from the municipality.",
        "Free on signing; no easement is known to the owner.",
        "Close to main roads and a bus stop.",
        "The area is given as an indication.",
    ),
}
PROJECT = {
    "fr": "Nouveau projet à {place} : habitations neuves à partir de {area} m², basse énergie, livrées clé sur porte.",
    "nl": "Nieuw project in {place}: energiezuinige nieuwbouw vanaf {area} m², sleutel-op-de-deur geleverd.",
    "en": "New project in {place}: low-energy new homes from {area} m², delivered ready to live in.",
}
AWKWARD = (
    "Plan : {{ rez: [séjour, cuisine] }}; étage: {{ 3 ch. }}; voir annexe.",
    "Réf. interne <b>R/{area}</b> & co. ; </p><p>surface &gt; {area} m²",
    "Opgelet: pad \\\\server\\plannen\\{area}; prijs <i>excl.</i> kosten }};",
    'He said: "a <script>-free house"; // no </script> here }};',
    "Label 'A' of \"B\"?\tZie bijlage 'plan & meetstaat'.",
)
"""Texts as people paste them: what a page must escape and a parser must survive."""

CONTACT = {
    "fr": "Contact : {phone} (après 18 h) ou {email}.",
    "nl": "Contact: {phone} (na 18 u.) of {email}.",
    "en": "Contact: {phone} (after 6 pm) or {email}.",
}
BREAKS = ("\n", "\n", "\n\n", "<br>", "<br />", "<br/>\n", " ")
