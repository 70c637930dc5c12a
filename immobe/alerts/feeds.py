"""Feeds: Atom (RFC 4287) of listings, and a calendar (RFC 5545) of auctions' ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

from icalendar import Calendar, Event

_ATOM = "http://www.w3.org/2005/Atom"
# What XML 1.0 cannot hold, however it is written.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ElementTree.register_namespace("", _ATOM)


@dataclass(frozen=True, slots=True)
class Entry:
    """One listing. `key` is for ever the same: `immoweb:20820613`."""

    key: str
    title: str
    url: str
    summary: str
    published: datetime
    updated: datetime


def atom(title: str, self_url: str, page_url: str, language: str, entries: Sequence[Entry], updated: datetime) -> bytes:
    """The feed. `updated` when there is no entry; else that of the latest."""
    feed = ElementTree.Element(f"{{{_ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": language})
    _add(feed, "id", f"tag:immobe,2026:{page_url}")
    _add(feed, "title", title)
    _add(feed, "updated", _moment(max((entry.updated for entry in entries), default=updated)))
    _add(feed, "link", rel="self", href=self_url, type="application/atom+xml")
    _add(feed, "link", rel="alternate", href=page_url, type="text/html")
    _add(_add(feed, "author"), "name", "Immo-Bé")
    for entry in entries:
        element = _add(feed, "entry")
        _add(element, "id", f"tag:immobe,2026:listing:{entry.key}")
        _add(element, "title", entry.title)
        _add(element, "link", rel="alternate", href=entry.url, type="text/html")
        _add(element, "published", _moment(entry.published))
        _add(element, "updated", _moment(entry.updated))
        _add(element, "summary", entry.summary)
    body: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    element.text = _NOT_XML.sub("", text) or None
    return element


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Ending:
    """An auction that ends. `changed` is when we last saw it."""

    key: str
    title: str
    url: str
    place: str
    ends: datetime
    changed: datetime


def calendar(title: str, endings: Sequence[Ending]) -> bytes:
    """An event of the last hour of each auction."""
    made = Calendar()
    made.add("prodid", "-//Immo-Bé//auctions//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", title)
    for ending in endings:
        event = Event()
        event.add("uid", f"{ending.key}@immobe")
        event.add("dtstamp", ending.changed.astimezone(UTC))
        event.add("dtstart", (ending.ends - timedelta(hours=1)).astimezone(UTC))
        event.add("dtend", ending.ends.astimezone(UTC))
        event.add("summary", ending.title)
        event.add("url", ending.url)
        event.add("description", ending.url)
        if ending.place:
            event.add("location", ending.place)
        made.add_component(event)
    body: bytes = made.to_ical()
    return body
