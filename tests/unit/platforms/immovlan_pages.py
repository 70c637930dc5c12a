"""Pages of ours in Immovlan's formats, made from a few facts: the classic layout, and the v3 layout as reported."""

from __future__ import annotations

import json
from html import escape
from typing import Any

PLUS = "&#x2B;"


def pairs(labels: dict[str, str]) -> str:
    return "".join(
        f"<div>\n <h4>{escape(label)}</h4>\n <p>{escape(value)}</p>\n</div>\n" for label, value in labels.items()
    )


def linked(value: dict[str, Any], plus: str = PLUS) -> str:
    text = json.dumps({"@context": "https://schema.org", **value}, ensure_ascii=False).replace("</", "<\\/")
    return f'<script type="application/ld{plus}json">\n{text}\n</script>\n'


def meta(values: dict[str, str]) -> str:
    return "".join(
        f'<meta name="cXenseParse:rbf-immovlan-{name}" content="{escape(value)}" />\n' for name, value in values.items()
    )


def data_layer(values: dict[str, Any]) -> str:
    layer = {"page_type": "propertyDetailResult", "country_id": 318, **values}
    return (
        '<script type="text/javascript">\nwindow.dataLayer = window.dataLayer || [];\n'
        f"dataLayer.push({json.dumps(layer, indent=1)} || {{}});\n</script>\n"
    )


def details(values: dict[str, Any]) -> str:
    written = ",\n ".join(f"{key}: {json.dumps(value)}".replace('"', "'") for key, value in values.items())
    return (
        "<script>\n$(document).ready(() => {\n localStore.setItem(\n STORAGE_KEY_PROPERTY_DETAILS,\n"
        f" JSON.stringify({{\n {written}\n }}));\n }});\n</script>\n"
    )


def neighbourhood(labels: dict[str, str]) -> str:
    """Schools, stops and shops, in the form of the labels."""
    return f'<div class="yatmo-holder w-100"><div class="data-row"><h3>Shops</h3>{pairs(labels)}</div></div>\n'


def classic(
    *,
    url: str,
    language: str,
    title: str,
    price: str | None,
    labels: dict[str, str],
    layer: dict[str, Any],
    kept: dict[str, Any] | None = None,
    objects: tuple[dict[str, Any], ...] = (),
    metas: dict[str, str] | None = None,
    financial: dict[str, str] | None = None,
    summary: str = "",
    street: str | None = None,
    city: str = "",
    badge: str | None = None,
    point: tuple[str, str, str] | None = None,
    epc: str | None = None,
    seller: str = "",
    reference: str | None = None,
    text: str = "",
    project: str | None = None,
    images: tuple[str, ...] = (),
    minified: bool = False,
) -> str:
    """A listing page as captured until June 2026; `minified` leaves out the ends that HTML does without."""
    code = url.rpartition("/")[2].upper()
    small = f'<span class="detail__header_price_data">\n<small></small> {price}\n<small></small>\n</span>'
    head = (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8"/>\n'
        f'<meta name="description" content="{escape(summary)}"/>\n<link rel="canonical" href="{url}"/>\n'
        f"{meta(metas or {})}<title>{escape(title)} ({code})</title>\n{''.join(map(linked, objects))}</head>\n"
    )
    place = (
        "<script>\n"
        + (
            f"window.AD_LONGITUDE = '{point[1]}';\nwindow.AD_LATITUDE = '{point[0]}';\n"
            f"window.YATMO_SHOW_MARKER = '{point[2]}' === \"True\";\n"
            if point
            else ""
        )
        + f"window.IMMOVLAN_REFERENCE = '{code}';\nwindow.PAGE_TYPE = 'propertyDetailResult';\n</script>\n"
    )
    mark = f'<span><span class="badge {badge}">{badge}</span></span>' if badge else ""
    address = (f"<span>{escape(street)}</span>\n" if street else "") + f'<span class="city-line">{escape(city)}</span>'
    pictures = "".join(
        f'<a class="img-thumb" data-src="https://api-image.immovlan.be/v1/property/{code}/images/{name}.jpg/webp/Medium'
        f'?mode=pad&amp;format=webp" href="#"></a>\n'
        for name in images
    )
    rows = "".join(f"<li><strong>{escape(k)}</strong>: {escape(v)}</li>\n" for k, v in (financial or {}).items())
    part_of = (
        f'<div class="project-summary w-100"><a href="https://immovlan.be/en/projectdetail/{project}">…</a>'
        f'<div class="project-model-info"><div class="data-row">{pairs({"Livable surface": "999 m²"})}</div></div>'
        "</div>\n"
        if project
        else ""
    )
    own = f'<small class="seller-reference"><span>Ref.:</span> <span>{reference}</span></small>' if reference else ""
    body = (
        f'<body class="{language}-lang detail-page">\n{place}<div id="main_content">\n<div class="detail__header">\n'
        f'<div class="detail__header_title">\n<h1><span class="detail__header_title_main">{escape(title)}'
        f' <span class="vlancode">{code}</span></span>{mark}</h1>\n'
        f'<div class="detail__header_address">{address}</div>\n'
        f'<p class="detail__header_price">{small if price is not None else ""}</p>\n</div>\n</div>\n'
        f'<div class="pictures">{pictures}</div>\n'
        + (f'<p class="energy-consumption {epc}"></p>\n' if epc else "")
        + f'<div id="contact_property">{seller}</div>\n'
        f'<div class="description w-100"><h2>Description</h2><div class="dynamic-description" data-height="200">{text}'
        '<a class="dynamic-description-show-more">…</a></div></div>\n'
        f'<div class="financial w-100"><ul>{rows}</ul></div>\n{part_of}'
        f'<div class="general-info w-100"><div class="data-row-wrapper">{pairs(labels)}</div><small>{code}</small>{own}'
        "</div>\n" + neighbourhood({"Garage": "256 m 51''", "Spar": "1.9 km 8'"}) + "</div>\n"
    )
    tail = data_layer({"page_language": language, **layer}) + details(kept or {})
    page = f"{head}{body}{tail}"
    return page.replace("</p>\n", "").replace("</li>", "") if minified else f"{page}</body>\n</html>\n"


def v3(
    *,
    url: str,
    language: str,
    listing: dict[str, Any],
    labels: dict[str, str],
    layer: dict[str, Any],
    metas: dict[str, str] | None = None,
    owner: str = "",
) -> str:
    """A listing page of the layout that was reported in September 2026."""
    rows = "".join(
        f'<div class="v3-detail-grid-row">\n<div class="v3-detail-grid-label">{escape(label)}</div>\n'
        f'<div class="v3-detail-grid-value">{escape(value)}</div>\n</div>\n'
        for label, value in labels.items()
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<link rel="canonical" href="{url}"/>\n{meta(metas or {})}'
        f"{linked({'@type': 'RealEstateListing', 'url': url, **listing}, '+')}</head>\n<body>\n"
        f'<div class="v3-detail-grid">\n{rows}</div>\n{owner}{data_layer({"page_language": language, **layer})}'
        "</body>\n</html>\n"
    )
