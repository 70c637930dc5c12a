"""The text of `--faults`: rules with commas between them.

rule    [PLATFORM:][listing:|search:]FAULT=SHARE%{/OPTION}    or    [PLATFORM:]robots=FAULT{/OPTION}
option  N (the first N answers to a page; 1) | always | N.Ns (how long it lasts or tells to wait)
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from immobe.errors import ConfigError
from immobe.replica.chance import Draws
from immobe.replica.faults_kinds import GROUPS, KINDS, Kind, kinds_named
from immobe.replica.faults_pages import Page, PageKind

MOST_TIMES, LONGEST_SECONDS = 1000, 600.0
_EITHER = frozenset({PageKind.LISTING, PageKind.SEARCH})
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%")
_SECONDS = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)s")


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault for a share of the pages. `times` None: for ever; `platform` empty: every one."""

    fault: str
    kinds: tuple[Kind, ...]
    share: float
    pages: frozenset[PageKind] = _EITHER
    platform: str = ""
    times: int | None = 1
    seconds: float | None = None

    def kind_for(self, page: Page, seed: int) -> Kind | None:
        """The fault that this page has, or None: the same at all times, on every machine."""
        if page.kind not in self.pages or self.platform not in ("", page.platform):
            return None
        draws = Draws(seed, "fault", self.fault, page.platform, page.kind, page.key)
        if not draws.chance(self.share):
            return None
        possible = [kind for kind in self.kinds if page.kind in kind.pages]
        return draws.pick(possible) if possible else None


def parse_faults(spec: str, platforms: Collection[str]) -> tuple[Rule, ...]:
    """The rules that a text means; none for an empty one. Raises ConfigError, which names the part that is wrong.

    >>> [(rule.fault, rule.share, rule.times) for rule in parse_faults("429=5%/2, slow=10%", ["immoweb"])]
    [('429', 0.05, 2), ('slow', 0.1, 1)]
    """
    return tuple(_rule(part.strip(), platforms) for part in spec.split(",")) if spec.strip() else ()


def _rule(text: str, platforms: Collection[str]) -> Rule:
    left, equals, right = text.partition("=")
    if not equals:
        raise _wrong(text, "a rule is FAULT=SHARE%, as in 429=5%")
    *prefixes, name = left.split(":")
    value, *options = right.split("/")
    platform, pages = _prefixes(text, prefixes, platforms)
    if name == PageKind.ROBOTS:
        if pages is not None:
            raise _wrong(text, "robots.txt is neither a listing nor a search")
        name, share, pages = value, 1.0, PageKind.ROBOTS
    else:
        share = _share(text, value)
    kinds = _kinds(text, name, pages)
    times, seconds = _options(text, options, kinds)
    return Rule(name, kinds, share, frozenset({pages}) if pages else _EITHER, platform, times, seconds)


def _prefixes(text: str, prefixes: list[str], platforms: Collection[str]) -> tuple[str, PageKind | None]:
    platform, pages = "", None
    for prefix in prefixes:
        if prefix in _EITHER and pages is None:
            pages = PageKind(prefix)
        elif prefix in platforms and not platform and pages is None:
            platform = prefix
        else:
            known = ", ".join((*sorted(platforms), "listing", "search"))
            raise _wrong(text, f"{prefix!r} cannot stand there; before a fault may stand, in this order: {known}")
    return platform, pages


def _share(text: str, value: str) -> float:
    found = _SHARE.fullmatch(value)
    if not found or not 0 < float(found[1]) <= 100:
        raise _wrong(text, f"{value!r} is no share above 0% and up to 100%")
    return float(found[1]) / 100


def _kinds(text: str, name: str, pages: PageKind | None) -> tuple[Kind, ...]:
    try:
        kinds = kinds_named(name)
    except KeyError:
        raise _wrong(text, f"no fault is called {name!r}; there are {', '.join((*KINDS, *GROUPS))}") from None
    if pages and not any(pages in kind.pages for kind in kinds):
        raise _wrong(text, f"{name} cannot happen to {pages} pages")
    return kinds


def _options(text: str, options: list[str], kinds: tuple[Kind, ...]) -> tuple[int | None, float | None]:
    """(times, seconds), each from at most one option."""
    times: list[int | None] = []
    seconds: list[float] = []
    for option in options:
        lasts = _SECONDS.fullmatch(option)
        if option == "always":
            times.append(None)
        elif option.isascii() and option.isdigit() and 0 < int(option[:5]) <= MOST_TIMES:
            times.append(int(option))
        elif lasts and float(lasts[1]) <= LONGEST_SECONDS:
            seconds.append(float(lasts[1]))
        else:
            raise _wrong(text, f"{option!r} is no option: there are 1 to {MOST_TIMES}, always, and seconds as in 2.5s")
    if len(times) > 1 or len(seconds) > 1:
        raise _wrong(text, "an option stands there twice")
    if seconds and not any(kind.seconds is not None for kind in kinds):
        raise _wrong(text, "this fault takes no seconds")
    return times[0] if times else 1, seconds[0] if seconds else None


def _wrong(part: str, why: str) -> ConfigError:
    return ConfigError(f"--faults is wrong at {part!r}: {why}.")
