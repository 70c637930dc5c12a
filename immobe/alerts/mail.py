"""Sends a letter through a mail server: plain text and HTML, under a Message-ID that is the same in every attempt.

Apprise reads the `mailto` URL and knows the big providers' servers. Its own sender makes another Message-ID each time,
and a mail for each recipient; ours is one transaction with the server, so that an attempt has one end.
"""

from __future__ import annotations

import smtplib
import ssl
from datetime import UTC, datetime
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr

from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.common import SecureMailMode

from immobe.alerts.letters import Answer, Letter

SECONDS = 20.0
"""For each step of the conversation with the server."""


def send_mail(account: NotifyEmail, letter: Letter) -> Answer:
    """Hands the letter over; never raises for what server or network do."""
    sender = str(account.from_addr[1])
    recipients = [address for _, address in account.targets] + sorted({*account.cc, *account.bcc})
    try:
        with _connected(account) as server:
            refused = server.send_message(_mail(account, letter), sender, recipients)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return Answer(False, _said(error.recipients), is_final=all(code >= 500 for code in codes))
    except smtplib.SMTPResponseException as error:
        # 5xx while signing in or greeting is a setting that a person mends; of the message itself it is its end.
        final = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
        return Answer(False, f"{error.smtp_code} {_text(error.smtp_error)}", is_final=final)
    except (OSError, smtplib.SMTPException) as error:
        return Answer(False, f"{type(error).__name__}: {error}")
    return Answer(True, f"accepted, but not for all: {_said(refused)}" if refused else "accepted by the mail server")


def _connected(account: NotifyEmail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if not account.verify_certificate:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    host, port = account.smtp_host, account.port or 0
    server: smtplib.SMTP
    if account.secure_mode == SecureMailMode.SSL:
        server = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=SECONDS)
    try:
        if account.secure_mode == SecureMailMode.STARTTLS:
            server.starttls(context=context)
        if account.user and account.password:
            server.login(account.user, account.password)
    except BaseException:
        server.close()
        raise
    return server


def _mail(account: NotifyEmail, letter: Letter) -> MIMEMultipart:
    name, address = (str(part or "") for part in account.from_addr)
    # Not EmailMessage: in Python 3.11 it loses spaces where it folds a long subject.
    mail = MIMEMultipart("alternative")
    mail["Subject"] = Header(" ".join(letter.subject.split()), "utf-8", header_name="Subject").encode()
    mail["From"] = formataddr((name or "Immo-Bé", address))
    mail["To"] = ", ".join(formataddr((str(to_name or ""), str(to))) for to_name, to in account.targets)
    if account.cc:
        mail["Cc"] = ", ".join(sorted(account.cc))
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{letter.key}@{address.rpartition('@')[2] or 'immobe.invalid'}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday reply, please
    if letter.end_url:
        mail["List-Unsubscribe"] = f"<{letter.end_url}>"
    if letter.end_url.startswith("https://"):  # RFC 8058 wants TLS
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.attach(MIMEText(letter.plain, "plain", "utf-8"))
    mail.attach(MIMEText(letter.html, "html", "utf-8"))
    return mail


def _said(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{code} {_text(text)}" for code, text in refused.values())


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
