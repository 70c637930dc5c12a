"""The form of a saved search: what it sends becomes a `Wish`, or a complaint."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Form
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from immobe.storage.alert_models import KINDS
from immobe.storage.saved_searches import Wish
from immobe.storage.search_terms import SearchTerms
from immobe.watchtower.languages import N_

KIND_WORDS = {
    "new": N_("New listings"),
    "also": N_("More adverts of homes that are known"),
    "drop": N_("Price drops"),
    "back": N_("Back on the market"),
    "status": N_("Under option, sold, let, withdrawn"),
}
FREQUENCY_WORDS = {"instant": N_("At once"), "daily": N_("Once a day"), "weekly": N_("Once a week")}
STATES = {
    "waiting": N_("waiting"),
    "sending": N_("being sent"),
    "sent": N_("sent"),
    "dead": N_("given up"),
    "dropped": N_("not sent: paused"),
}
NOT_UNDERSTOOD = N_("The filters cannot be understood.")
QUIET_IN_PAIRS = N_("Quiet hours need a beginning and an end.")

Hour = Annotated[int, Field(ge=0, le=23)]
Quiet = Annotated[time | None, BeforeValidator(lambda value: value or None)]


class SearchForm(BaseModel):
    """As the page sends it."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    terms: Annotated[str, Field(max_length=4000)] = ""
    language: Literal["en", "fr", "nl"] = "en"
    kinds: list[Literal["new", "also", "drop", "back", "status"]] = []
    price_drop_percent: Annotated[Decimal, Field(ge=0, le=100)] = Decimal(5)
    frequency: Literal["instant", "daily", "weekly"] = "instant"
    digest_hour: Hour = 8
    digest_weekday: Annotated[int, Field(ge=0, le=6)] = 0
    quiet_from: Quiet = None
    quiet_until: Quiet = None
    channel_ids: Annotated[list[int], Field(max_length=50)] = []

    def wish(self) -> Wish:
        """Raises ValueError, whose text is a complaint."""
        if (self.quiet_from is None) is not (self.quiet_until is None):
            raise ValueError(QUIET_IN_PAIRS)
        given: dict[str, Any] = self.model_dump() | {"terms": spelled(self.terms)}
        kinds = tuple(kind for kind in KINDS if kind in self.kinds)
        return Wish(**given | {"kinds": kinds, "channel_ids": tuple(self.channel_ids)})


TheForm = Annotated[SearchForm, Form()]


def spelled(query_string: str) -> str:
    """The one spelling of filters; the order and view of a list are no part of it. Raises ValueError."""
    parts = query_string.removeprefix("?").split("&")
    own = ("sort=", "view=", "cursor=", "place=", "zoom=", "lang=")
    try:
        terms = SearchTerms.from_query_string("&".join(part for part in parts if not part.startswith(own)))
    except ValueError:
        raise ValueError(NOT_UNDERSTOOD) from None
    return terms.query_string()
