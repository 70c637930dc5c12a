"""No private person's name, telephone number or e-mail address is stored."""

import pytest

from immobe.mapping.privacy import without_contacts

PHONES = [
    "0470/12.34.56",
    "0470 12 34 56",
    "04 70 12 34 56",
    "0470123456",
    "+32 470 12 34 56",
    "+32(0)470/123456",
    "0032 470 12 34 56",
    "0470/12/34/56",
    "0470_12_34_56",
    "02 123 45 67",
    "02/123.45.67",
    "+32 2 123 45 67",
    "081 22 33 44",
    "047.012.34.56",
]


@pytest.mark.parametrize("phone", PHONES)
@pytest.mark.parametrize("text", ["Bel {} na 18u.", "Appelez le {}!", "Call {}", "Tel:{}", "({})", "GSM {}, Gent"])
def test_telephone_numbers_go_in_any_spelling(phone: str, text: str) -> None:
    found = without_contacts(text.format(phone))
    assert "[phone removed]" in found
    assert sum(c.isdigit() for c in found) <= 2  # the hour may stay


@pytest.mark.parametrize(
    "address",
    [
        "an@example.org",
        "an.test+huis@mail.example.be",
        "an (at) example.org",
        "AN@EXAMPLE.ORG",
        "an(a)example.org",
        "an at example dot org",
    ],
)
def test_mail_addresses_go(address: str) -> None:
    assert without_contacts(f"Mail {address}.") == "Mail [e-mail removed]."


def test_the_sellers_name_goes_wherever_it_stands() -> None:
    found = without_contacts("Jan Test verkoopt. Vraag naar JAN TEST, niet naar Jan Testament.", ["Jan Test"])
    assert found == "[name removed] verkoopt. Vraag naar [name removed], niet naar [name removed] Testament."


@pytest.mark.parametrize(
    "text",
    [
        "Prijs 350 000 €, 1.250.000 euro of € 299.000",
        "EPC 20230901-0002973938-RES-1",
        "Bouwjaar 1965, 164 m², 9000 Gent, KI 745",
        "Vrij vanaf 01/02/2027 of 2027-02-01",
        "Perceel 16a 61ca, sectie B nr 1234",
    ],
)
def test_figures_of_the_advert_stay(text: str) -> None:
    assert without_contacts(text) == text


def test_a_name_that_is_a_pattern_is_taken_literally() -> None:
    assert without_contacts("a.b (c)", ["(c)"]) == "a.b [name removed]"
