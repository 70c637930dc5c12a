"""A run against the platform's last runs: shares, medians, refusals, yields.

Every figure is compared in the same way: it may lie `DEVIATIONS` standard deviations from the usual, where the error of
the run's own size and the spread between earlier runs both count, and never alarms within a least tolerance.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from statistics import median

from immobe.market.monitors.findings import FILL_RATE, REFUSED, VALUES, YIELD, Key, Verdict, figure, percent
from immobe.market.monitors.statistics import median_error, quantile, share_error, shifted, spread, tolerance
from immobe.market.monitors.tally import BINS, CATEGORIES, FIELDS, NUMBERS, Tally, number_in
from immobe.market.monitors.usual import Groups, History, Usual, bins

DEVIATIONS = 5.0
MIN_ADVERTS = 30
"""A share or a median of fewer says nothing."""
_FILL, _SHARE, _MIX, _REFUSED = 0.10, 0.15, 0.20, 0.10  # least tolerances of shares
_FACTOR = math.log(1.5) * BINS  # of medians
_CARDS, _VOLUME = 0.3, 0.5  # of yields, as parts of the usual
_MIN_REFUSED = 5
_RARE = 0.02  # a reason that never came yet is taken for one that comes so often
_MIN_PAGES = 5
_MIN_VOLUME = 20
FILLED, MEDIAN = "share filled", "median"
CARDS_PER_PAGE = Key(YIELD, "cards_per_page", "mean")
ITEMS_PER_RUN = Key(YIELD, "items_per_run", "count")
NEW_PER_DAY = Key(YIELD, "new_per_day", "count")
_MIX_FIELDS = ("transaction_type", "property_type")


def judge(run: Tally, history: History, watched: Collection[Key] = (), *, whole: bool = True) -> Verdict:
    """What is unusual in a run. `watched`: keys of open alerts, to be judged even where the run shows nothing of them.

    Without `whole`, only what does not depend on the order in which a run comes by the parts of the market.
    """
    verdict = Verdict()
    for field in FIELDS:
        key = Key(FILL_RATE, field, FILLED)
        _share_like(verdict, history, key, run, partial(Usual.filled, field=field), _FILL)
    _refusals(verdict, run, history, watched)
    if whole:
        _categories(verdict, run, history, watched)
        for field in NUMBERS:
            _median(verdict, run, history, field)
        _yields(verdict, run, history)
    return verdict


def judge_count(verdict: Verdict, key: Key, count: float, earlier: Sequence[float]) -> None:
    """A number of adverts that must not fall far below the usual; small ones say nothing."""
    usual = median(earlier)
    if usual >= _MIN_VOLUME:
        within = tolerance(math.sqrt(usual), spread(earlier), DEVIATIONS, _VOLUME * usual)
        verdict.say(key, usual - count > within, figure(usual), figure(count))


def _share_like(
    verdict: Verdict,
    history: History,
    key: Key,
    run: Tally,
    groups_of: Callable[[Usual, Tally], Groups],
    least: float,
) -> None:
    usual = history.usual(key)
    groups = [] if usual is None else groups_of(usual, run)
    if usual is None or _adverts(groups) < MIN_ADVERTS:
        return
    earlier = [_surplus(past) for past in (groups_of(usual, r) for r in usual.runs) if _adverts(past) >= MIN_ADVERTS]
    habit = median(earlier) if earlier else 0.0
    error = share_error([(count, rate) for count, _, rate in groups])
    within = tolerance(error, spread(earlier), DEVIATIONS, least)
    expected = min(1.0, max(0.0, sum(count * rate for count, _, rate in groups) / _adverts(groups) + habit))
    found = sum(having for _, having, _ in groups) / _adverts(groups)
    verdict.say(key, abs(found - expected) > within, percent(expected), percent(found))


def _adverts(groups: Groups) -> int:
    return sum(count for count, _, _ in groups)


def _surplus(groups: Groups) -> float:
    """By how much a run's share lies above what its kinds of adverts let expect."""
    return sum(having - count * rate for count, having, rate in groups) / _adverts(groups)


def _categories(verdict: Verdict, run: Tally, history: History, watched: Collection[Key]) -> None:
    everywhere = [run, *(past.tally for past in history.runs)]
    for field in CATEGORIES:
        met = {label for t in everywhere for kind in t.kinds.values() for label in kind.values.get(field, ())}
        for key in _keys(field, met, watched):
            word = key.measure.removeprefix("share of ")
            groups_of = partial(Usual.of_category, field=field, category=word)
            _share_like(verdict, history, key, run, groups_of, _SHARE)
    for place, field in enumerate(_MIX_FIELDS):
        met = {kind.split(" ")[place] for tally in everywhere for kind in tally.kinds}
        for key in _keys(field, met, watched):
            word = key.measure.removeprefix("share of ")
            _share_like(verdict, history, key, run, partial(Usual.of_word, place=place, word=word), _MIX)


def _keys(field: str, met: set[str], watched: Collection[Key]) -> Iterator[Key]:
    named = {Key(VALUES, field, f"share of {label}") for label in met}
    yield from sorted(named | {key for key in watched if key[:2] == (VALUES, field) and key.measure != MEDIAN})


def _median(verdict: Verdict, run: Tally, history: History, field: str) -> None:
    key = Key(VALUES, field, MEDIAN)
    usual = history.usual(key)
    if usual is None:
        return
    found = _beside_usual(usual, run, field)
    count = sum(found.values())
    if count < MIN_ADVERTS:
        return
    past = [_beside_usual(usual, tally, field) for tally in usual.runs]
    earlier = [quantile(histogram, 0.5) for histogram in past if sum(histogram.values()) >= MIN_ADVERTS]
    pool = shifted([(histogram, 0.0) for histogram in past])
    within = tolerance(median_error(pool, count), spread(earlier), DEVIATIONS, _FACTOR)
    distance = quantile(found, 0.5) - (median(earlier) if earlier else 0.0)
    verdict.say(key, abs(distance) > within, *_in_words(usual, run, field))


def _beside_usual(usual: Usual, run: Tally, field: str) -> dict[float, float]:
    """A run's values as distances, in bins, from the usual median of their kind."""
    return shifted(
        [
            (bins(tally.values.get(field, Counter())), middle)
            for kind, tally in run.kinds.items()
            if (middle := usual.median_bin(kind, field)) is not None
        ]
    )


def _in_words(usual: Usual, run: Tally, field: str) -> tuple[str, str]:
    """Medians of the kind that has most values: what a reader can check."""
    known = [(sum(t.values.get(field, Counter()).values()), kind) for kind, t in run.kinds.items()]
    _, kind = max(pair for pair in known if usual.median_bin(pair[1], field) is not None)
    middle = quantile(bins(run.kinds[kind].values[field]), 0.5)
    before, after = (figure(number_in(at or 0.0)) for at in (usual.median_bin(kind, field), middle))
    return f"{before} ({kind})", f"{after} ({kind})"


def _refusals(verdict: Verdict, run: Tally, history: History, watched: Collection[Key]) -> None:
    keys = {Key(REFUSED, *reason) for reason in run.refused} | {key for key in watched if key.monitor == REFUSED}
    for key in sorted(keys):
        usual = history.usual(key)
        count = run.refused[key.field, key.measure]
        if usual is None or (count < _MIN_REFUSED and run.read < MIN_ADVERTS):
            continue
        earlier = [past.refused[key.field, key.measure] / past.read for past in usual.runs if past.read]
        rate = median(earlier) if earlier else 0.0
        error = share_error([(run.read, min(0.5, max(rate, _RARE)))])
        within = tolerance(error, spread(earlier), DEVIATIONS, _REFUSED)
        unusual = count >= _MIN_REFUSED and count / run.read - rate > within
        verdict.say(key, unusual, percent(rate), percent(count / run.read))


def _yields(verdict: Verdict, run: Tally, history: History) -> None:
    usual = history.usual(CARDS_PER_PAGE)
    means = [past.cards / past.search_pages for past in usual.runs if past.search_pages] if usual else []
    if means and run.search_pages >= _MIN_PAGES:
        middle, mean = median(means), run.cards / run.search_pages
        error = math.sqrt(middle / run.search_pages)
        within = tolerance(error, spread(means), DEVIATIONS, _CARDS * middle)
        verdict.say(CARDS_PER_PAGE, middle - mean > within, figure(middle), figure(mean))
    usual = history.usual(ITEMS_PER_RUN)
    if usual is not None:
        judge_count(verdict, ITEMS_PER_RUN, run.items, [past.items for past in usual.runs])
