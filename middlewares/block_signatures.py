"""How a page looks that stands in the way of the page asked for. Recognised in order to stop, never to get around it.

A mark must not be found on ordinary pages: those of the portals carry captcha widgets in contact forms, log-in dialogs,
and the scripts of the same vendors. So a mark is what only the block page says, and big pages are never block pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]
from scrapy.http import Response

BIGGEST = 100_000  # bytes; challenges are smaller, most whole pages of portals bigger
SHELL_TEXT = 80  # characters that a person can read; listings have thousands
TINY = 100  # bytes; no page with anything to say
WIDGET_TEXT = 1_000


@dataclass(frozen=True)
class Signature:
    """A page is of this kind when the header (if named) or the body (if a pattern is given) says so."""

    kind: str
    source: str
    """Where the mark is described or was seen, and when."""
    body: re.Pattern[bytes] | None = None
    header: tuple[str, bytes] | None = None

    def matches(self, response: Response) -> bool:
        if self.header and self.header[1] in (response.headers.get(self.header[0]) or b"").lower():
            return True
        return bool(self.body and self.body.search(response.body))


def _mark(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


SIGNATURES = (
    Signature(
        "datadome",
        "reports on immoweb.be, and block pages published by several projects, 2023 to October 2026",
        body=_mark(rb"\bdd\s*=\s*\{[^}]{0,2000}captcha-delivery\.com|<iframe[^>]{0,300}geo\.captcha-delivery\.com"),
    ),
    Signature(
        "cloudflare",
        "developers.cloudflare.com, 'Detect a Challenge Page response'; zimmo.be in September 2026",
        header=("cf-mitigated", b"challenge"),
        # /cdn-cgi/challenge-platform/scripts/jsd/ is on ordinary pages: not a mark.
        body=_mark(rb"\b_cf_chl_opt\s*=|<title>\s*Attention Required!\s*\|\s*Cloudflare"),
    ),
    Signature(
        "aws_waf",
        "docs.aws.amazon.com, 'CAPTCHA and Challenge action behavior', November 2026",
        header=("x-amzn-waf-action", b"c"),  # captcha or challenge
    ),
    Signature(
        "imperva",
        "block pages with status 200 published by several projects, 2026",
        body=_mark(rb"Incapsula incident ID"),
    ),
    Signature(
        "human",
        "block pages of PerimeterX, published by several projects, 2026",
        body=_mark(rb"""id=["']px-captcha["']"""),
    ),
    Signature(
        "akamai",
        "block pages with a reference number published by several projects, 2026",
        body=_mark(rb"<title>\s*Access Denied\s*</title>.{0,2000}(?:edgesuite|Reference\s*(?:#|&#35;))"),
    ),
)
_WIDGET = _mark(rb"""class=["'][^"']*\b(?:g-recaptcha|h-captcha|cf-turnstile)\b|/captcha(?:\.php|/image|\?)""")
_UNSEEN = ("script", "style", "noscript", "template")
_READ = etree.XPath(f"//body//text()[not({' or '.join(f'ancestor::{tag}' for tag in _UNSEEN)})]")
# Whatever repeats in a pattern is bounded: a hostile page must not make the search slow.
_DATA_SCRIPT = _mark(
    rb"""<script[^>]{0,300}application/(?:ld\+)?json|<script[^>]{0,300}>[^<]{0,200}?[=:(]\s{0,9}[\[{]\s{0,9}["[{]"""
)
_DATA_ATTRIBUTE = _mark(rb"""=["']\s{0,9}[\[{]""")
_PASSWORD = _mark(rb"""<input[^>]{0,300}type=["']?password""")
_LOGIN_PATH = re.compile(
    r"/(?:login|log-in|signin|sign-in|connexion|aanmelden|inloggen|anmelden)(?:[/?.]|$)", re.IGNORECASE
)


def challenge_kind(response: Response) -> str | None:
    """The vendor whose challenge this is, whatever the status; None for all else."""
    if len(response.body) > BIGGEST:
        return None
    return next((signature.kind for signature in SIGNATURES if signature.matches(response)), None)


def wall_kind(response: Response, asked_url: str) -> str | None:
    """`forbidden`, `login`, `captcha` or `shell` when that is what came instead of a listing or results; else None."""
    if response.status in (401, 403):
        return "login" if response.status == 401 else "forbidden"
    if response.status != 200 or len(response.body) > BIGGEST:
        return None
    if _LOGIN_PATH.search(response.url) and not _LOGIN_PATH.search(asked_url):
        return "login"
    if not response.body.strip():
        return "shell"
    is_html = b"html" in (response.headers.get("Content-Type") or b"html").lower()
    return _html_wall(response.body) if is_html else None


def readable_characters(body: bytes) -> int:
    """How much text of an HTML page a person sees, spaces counted once.

    >>> readable_characters(b"<body><p>Te  koop<script>var x = 1</script></body>")
    7
    """
    root = etree.HTML(body)
    return 0 if root is None else len(" ".join(" ".join(_READ(root)).split()))


def _html_wall(body: bytes) -> str | None:
    text = readable_characters(body)
    if text < WIDGET_TEXT and _WIDGET.search(body):
        return "captcha"
    if text < WIDGET_TEXT and _PASSWORD.search(body) and not _DATA_SCRIPT.search(body):
        return "login"
    # Some portals write all they have into scripts or attributes, and show no text of their own.
    if text >= SHELL_TEXT or _DATA_SCRIPT.search(body) or _DATA_ATTRIBUTE.search(body):
        return None
    return "shell" if len(body) < TINY or b"<script" in body.lower() else None
