"""Facts out of HTML: labels, JSON-LD however its type is written, script objects, and pages that are cut or broken."""

from __future__ import annotations

import re

import pytest
from parsel import Selector

from immobe.errors import NotAListing, UnreadablePage
from immobe.platforms import html

NAMES = html.label_names({"bedroom_count": ("Number of bedrooms", "Slaapkamers"), "heating": ("Type of heating",)})


def test_labels_of_the_allow_list_in_any_language():
    root = Selector(
        text="<div><h4>Number of bedrooms:</h4><p>3</p></div><div><h4>SLAAPKAMERS</h4><p>4</p></div>"
        "<div><h4>School</h4><p>256 m</p></div><div><h4>Type of heating</h4><p> </p></div>"
    )
    assert html.labelled(((r.css("h4"), r.css("p")) for r in root.css("div")), NAMES) == {"bedroom_count": "3"}


def test_a_label_has_one_meaning():
    with pytest.raises(ValueError, match="price"):
        html.label_names({"price": ("Prix",), "rent": ("PRIX",)})


def test_json_ld_with_an_escaped_type_a_graph_a_list_and_a_broken_block():
    root = Selector(
        text='<script type="application/ld&#x2B;json">{"@graph":[{"@type":"Offer","price":1}]}</script>'
        '<script type="application/ld+json">[{"@type":["House","Thing"],'
        '"x":{"@type":"GeoCoordinates","latitude":5}}]</script>'
        '<script type="application/ld+json">{broken</script>'
    )
    found = html.json_ld(root)
    assert html.of_type(found, "Offer")["price"] == 1
    assert html.of_type(found, "GeoCoordinates") == {"@type": "GeoCoordinates", "latitude": 5}
    assert html.of_type(found, "Apartment", "House")["@type"] == ["House", "Thing"]
    assert html.of_type(found, "Person") == {}


def test_an_object_of_a_script():
    before = re.compile(r"app\.start\(")
    assert html.script_object("app.start({a: 'x', b: [1, 2,], })", before) == {"a": "x", "b": [1, 2]}
    assert html.script_object("nothing", before) is None
    with pytest.raises(UnreadablePage):
        html.script_object("app.start({a: ", before)


def test_a_page_that_was_cut():
    assert html.text_of(html.parse("<html><p>a <b>b</b>\n c</p></html>").css("p")) == "a b c"
    with pytest.raises(UnreadablePage, match="cut off"):
        html.parse("<!DOCTYPE html><html><body><p>a")


def test_a_missing_element_is_named():
    assert html.required("x", "h1") == "x"
    with pytest.raises(NotAListing, match=r"lacks h1\.title"):
        html.required(None, "h1.title")


def test_bare_objects():
    assert html.bare_object("<html>") is None
    assert html.bare_object('\ufeff {"a": 1}') == {"a": 1}
    with pytest.raises(NotAListing):
        html.bare_object("[1]")


def test_meta_keeps_the_first_of_each_name():
    root = Selector(
        text="<meta name=a content=' 1 '><meta name=a content=2><meta property=og:url content=u><meta name=b>"
    )
    assert html.meta(root) == {"a": "1", "og:url": "u"}
