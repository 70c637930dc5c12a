"""Channels: what an Apprise URL may be, what of it can be shown, and sending through it."""

from __future__ import annotations

import logging
import re

from apprise import Apprise, AppriseAsset
from apprise.common import NotifyFormat, NotifyType
from apprise.logger import LogCapture
from apprise.plugins.base import NotifyBase
from apprise.plugins.email.base import NotifyEmail

from immobe.alerts.letters import Answer, Letter
from immobe.alerts.mail import send_mail
from immobe.errors import ConfigError
from immobe.observability.redaction import redacted, shortened

# Their URL begins with a host; of others the first part may be a secret, as Telegram's token is.
_WITH_HOST = {"json", "jsons", "xml", "xmls", "form", "forms"}
# They write to this machine instead of sending anything.
_LOCAL = {"dbus", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows"}
_LONGEST_ANSWER = 500
_KEY_HEADER = "Idempotency-Key"
_ASSET = AppriseAsset(app_id="Immo-Bé", app_desc="Immo-Bé", plugin_paths=[], async_mode=False, secure_logging=True)


def channel_of(url: str) -> NotifyBase:
    """What sends through the URL. Raises ConfigError, whose text does not hold the URL."""
    scheme = scheme_of(url)
    made = Apprise.instantiate(url, asset=_ASSET, suppress_exceptions=True) if scheme not in _LOCAL else None
    if not isinstance(made, NotifyBase):
        raise ConfigError(
            "this is no address that alerts can be sent to; for example mailtos://user:password@mail.example.org, "
            "jsons://example.org/hook, ntfys://ntfy.example.org/topic"
        )
    if isinstance(made, NotifyEmail) and not made.targets:
        raise ConfigError("the address names no recipient; add ?to=somebody@example.org")
    return made


def scheme_of(url: str) -> str:
    """
    >>> scheme_of(" MailTos://user:pw@example.org"), scheme_of("nothing")
    ('mailtos', '')
    """
    found = re.match(r"\s*([a-z][a-z0-9+.-]*)://", url, re.IGNORECASE)
    return found[1].lower() if found else ""


def mask_of(url: str) -> str:
    """What can be shown of it: never a password, token, path or parameter. Raises ConfigError.

    >>> mask_of("mailtos://me:secret@example.org?to=ada@example.be")
    'mailtos://…, to a…@example.be'
    >>> mask_of("json://user:secret@hooks.example.org:8080/token?x=y"), mask_of("ntfys://secret-topic")
    ('json://hooks.example.org:8080/…', 'ntfys://…')
    """
    channel, scheme = channel_of(url), scheme_of(url)
    if isinstance(channel, NotifyEmail):
        shown = ", ".join(re.sub(r"(?<=^.)[^@]*", "…", address) for _, address in channel.targets)
        return f"{scheme}://…, to {shown}"
    if scheme in _WITH_HOST:
        return f"{scheme}://{channel.host}{f':{channel.port}' if channel.port else ''}/…"
    return f"{scheme}://…"


def send(url: str, letter: Letter) -> Answer:
    """Sends the letter; never raises for what the other side does. Raises ConfigError for an unusable URL."""
    channel = channel_of(url)
    answer = send_mail(channel, letter) if isinstance(channel, NotifyEmail) else _notify(channel, letter)
    return Answer(answer.ok, shortened(redacted(_without(url, answer.text)), _LONGEST_ANSWER), answer.is_final)


def _notify(channel: NotifyBase, letter: Letter) -> Answer:
    headers = getattr(channel, "headers", None)
    if isinstance(headers, dict):  # webhooks: the receiver can know a double by it
        headers[_KEY_HEADER] = letter.key
    body = fitting(letter.plain, channel.body_maxlen)
    with LogCapture(level=logging.INFO, fmt="%(message)s") as said:  # type: ignore[no-untyped-call]
        ok = channel.notify(body=body, title=letter.subject, notify_type=NotifyType.INFO, body_format=NotifyFormat.TEXT)
        text = " ".join(said.getvalue().split())
    return Answer(bool(ok), text or ("sent" if ok else "not accepted; the other side gave no reason"))


def fitting(plain: str, most: int) -> str:
    """A text that a channel takes: blocks between empty lines are left out before the last one, which has the links.

    >>> fitting("one\\n\\ntwo two\\n\\nend", 13)
    'one\\n\\n…\\n\\nend'
    """
    if len(plain) <= most:
        return plain
    *blocks, last = plain.split("\n\n")
    while blocks and len("\n\n".join([*blocks, "…", last])) > most:
        blocks.pop()
    return "\n\n".join([*blocks, "…", last])[:most]


def _without(url: str, text: str) -> str:
    """An answer may repeat parts of the URL: a server's own words, or a library's error."""
    parts = {part for part in re.split(r"[/:@?&=,]+", url) if len(part) >= 6 and not part.isalpha()}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "***")
    return text
