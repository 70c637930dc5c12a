"""How Immovlan writes its pages: amounts, JSON-LD with an escaped type, objects in scripts, the classic frame."""

from __future__ import annotations

import json
from html import escape
from typing import Any

LD_TYPE = "application/ld&#x2B;json"


def euro(amount: int) -> str:
    """
    >>> euro(1335000)
    '1&#x202F;335&#x202F;000 &#x20AC;'
    """
    return f"{amount:,}".replace(",", "&#x202F;") + " &#x20AC;"


def linked(value: dict[str, Any]) -> str:
    text = json.dumps({"@context": "https://schema.org", **value}, indent=1, ensure_ascii=False)
    return f'<script type="{LD_TYPE}">\n{_closed(text)}\n</script>\n'


def data_layer(value: dict[str, Any]) -> str:
    text = _closed(json.dumps(value, indent=1))
    return f"<script>\nwindow.dataLayer = window.dataLayer || [];\ndataLayer.push({text} || {{}});\n</script>\n"


def details(value: dict[str, Any]) -> str:
    """A JavaScript object: bare keys, single quotes."""
    lines = ",\n".join(f" {key}: {_script_value(told)}" for key, told in value.items())
    return (
        "<script>\n$(document).ready(() => {\n localStore.setItem(\n STORAGE_KEY_PROPERTY_DETAILS,\n"
        f" JSON.stringify({{\n{lines}\n }}));\n}});\n</script>\n"
    )


def pairs(rows: list[tuple[str, str]]) -> str:
    return "".join(f"<div>\n<h4>{escape(label)}</h4>\n<p>{escape(value)}</p>\n</div>\n" for label, value in rows)


def page(language: str, url: str, head: str, body: str) -> bytes:
    text = (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8"/>\n'
        f'<link rel="canonical" href="{escape(url)}"/>\n{head}</head>\n<body class="{language}-lang">\n'
        f'<div id="main_container">\n{body}</div>\n</body>\n</html>\n'
    )
    return text.encode()


def _script_value(told: Any) -> str:
    if told is None:
        return "null"
    escaped = str(told).replace("\\", "\\\\").replace("'", "\\'").replace("</", "<\\/")
    return f"'{escaped}'"


def _closed(text: str) -> str:
    return text.replace("</", "<\\/")
