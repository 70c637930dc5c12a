"""What a text for `--faults` means, and which pages a rule hits."""

import pytest

from immobe.errors import ConfigError
from immobe.replica.faults_kinds import GROUPS, KINDS
from immobe.replica.faults_pages import Page, PageKind, page_of
from immobe.replica.faults_spec import Rule, parse_faults

PLATFORMS = ("immoweb", "zimmo")


def one(spec: str) -> Rule:
    [rule] = parse_faults(spec, PLATFORMS)
    return rule


def listings(count: int, platform: str = "immoweb") -> list[Page]:
    return [Page(platform, PageKind.LISTING, str(20_000_000 + n)) for n in range(count)]


def test_an_empty_text_means_no_faults() -> None:
    assert parse_faults("", PLATFORMS) == parse_faults("  ", PLATFORMS) == ()


def test_a_rule_with_all_its_parts() -> None:
    rule = one("zimmo:listing:slow=2.5%/3/0.2s")
    assert (rule.platform, rule.pages, rule.fault) == ("zimmo", {PageKind.LISTING}, "slow")
    assert (rule.share, rule.times, rule.seconds) == (0.025, 3, 0.2)
    assert one("429=5%/always").times is None
    assert one("429=5%").times == 1


def test_robots_are_faulty_only_when_named() -> None:
    robots = Page("immoweb", PageKind.ROBOTS, "/robots.txt")
    assert one("503=100%").kind_for(robots, 1) is None
    assert one("robots=503/2").kind_for(robots, 1) is KINDS["503"]
    assert one("zimmo:robots=503").kind_for(robots, 1) is None


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("429", "a rule is FAULT=SHARE%"),
        ("429=5%,", "a rule is FAULT=SHARE%"),
        ("tired=5%", "no fault is called 'tired'"),
        ("429=5", "'5' is no share"),
        ("429=0%", "'0%' is no share"),
        ("429=101%", "'101%' is no share"),
        ("429=-1%", "'-1%' is no share"),
        ("429=5%/0", "'0' is no option"),
        ("429=5%/1001", "'1001' is no option"),
        ("429=5%/often", "'often' is no option"),
        ("429=5%/999s", "'999s' is no option"),
        ("429=5%/²", "'²' is no option"),
        ("429=5%/1/always", "stands there twice"),
        ("loop=5%/1s", "takes no seconds"),
        ("immonet:429=5%", "'immonet' cannot stand there"),
        ("listing:immoweb:429=5%", "'immoweb' cannot stand there"),
        ("listing:search:429=5%", "'search' cannot stand there"),
        ("search:wrong=5%", "wrong cannot happen to search pages"),
        ("listing:robots=503", "robots.txt is neither"),
        ("robots=wrong", "wrong cannot happen to robots pages"),
        ("robots=5%", "no fault is called '5%'"),
    ],
)
def test_a_mistake_is_named(spec: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_faults(spec, PLATFORMS)
    assert said in str(error.value)


def test_which_pages_are_faulty_follows_from_seed_fault_and_page_alone() -> None:
    pages = listings(2000)
    hit = {page for page in pages if one("429=20%").kind_for(page, 7)}
    assert 330 < len(hit) < 470
    assert hit == {page for page in reversed(pages) if one("429=20%/always").kind_for(page, 7)}
    assert hit != {page for page in pages if one("429=20%").kind_for(page, 8)}
    assert hit != {page for page in pages if one("503=20%").kind_for(page, 7)}
    assert hit < {page for page in pages if one("429=40%").kind_for(page, 7)}, "a bigger share only adds pages"


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_shares_its_pages_among_its_kinds(group: str) -> None:
    found = [one(f"listing:{group}=50%").kind_for(page, 3) for page in listings(400)]
    assert {kind.name for kind in found if kind} == set(GROUPS[group])
    assert 150 < sum(kind is not None for kind in found) < 250


def test_a_group_gives_a_page_only_what_can_happen_to_it() -> None:
    searches = [Page("immoweb", PageKind.SEARCH, f"/en/search/house/for-sale?page={n}") for n in range(50)]
    assert {one("layout=100%").kind_for(page, 1) for page in searches} == {KINDS["marker"]}
    assert not any(one("wrong=100%").kind_for(page, 1) for page in searches)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/robots.txt", "robots"),
        ("/", "other"),
        ("/en", "other"),
        ("/en/", "other"),
        ("/en/classified/house/for-sale/gent/9000/20000003", "listing"),
        ("/fr/annonce/20000003/", "listing"),
        ("/nl/zoeken/huis/te-koop/gent/9000", "search"),
        ("/en/search-results/house/for-sale", "search"),
    ],
)
def test_pages_are_told_apart(path: str, kind: str) -> None:
    assert page_of("immoweb", path, "").kind == kind


def test_a_listing_is_one_page_under_all_its_addresses() -> None:
    assert page_of("immoweb", "/fr/annonce/20000003", "") == page_of("immoweb", "/en/classified/x/20000003", "a=b")
    first, second = (page_of("immoweb", "/en/search/house/for-sale", f"page={n}") for n in (1, 2))
    assert first != second
