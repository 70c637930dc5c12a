"""Platforms whose pages hold no object of their own: we make one, with an `id` and a `url`, and can read it again."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any, ClassVar

from immobe.mapping.convert import clean
from immobe.platforms import html
from immobe.platforms.base import Platform


class MadeObject(Platform):
    """Subclasses read a page; what they made of one before is taken as it is."""

    id_pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{3,15}")

    def read_listing(self, page: str, url: str | None = None) -> dict[str, Any]:
        bare = html.bare_object(page)
        if bare is None:
            return self.read_page(page, url)
        html.required(self.payload_id(bare), "`id`, as an object made of a page has it")
        return bare

    @abstractmethod
    def read_page(self, page: str, url: str | None) -> dict[str, Any]:
        """The object of a listing page, with `id` and `url`. Raises PageError."""

    def payload_id(self, payload: dict[str, Any]) -> str | None:
        found = payload.get("id")
        return found if isinstance(found, str) and self.id_pattern.fullmatch(found) else None

    def listing_url(self, payload: dict[str, Any]) -> str:
        url = payload.get("url")
        own = isinstance(url, str) and self.listing_id(url) == self.payload_id(payload)
        return clean(self.canonical_url(str(url))) if own else f"https://{self.hosts[0]}"
