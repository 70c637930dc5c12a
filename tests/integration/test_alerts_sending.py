"""Messages arrive: each once by its key, whatever fails or dies on the way, and say what they must."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from immobe.alerts.channels import send
from immobe.alerts.composing import tell
from immobe.alerts.sealing import Seal
from immobe.alerts.sending import Sender
from immobe.config import child_environment, load_config
from immobe.storage import outbox
from immobe.storage.alert_channels import channels_of
from immobe.storage.saved_searches import SavedSearch, pause_search
from immobe.watchtower.alert_letters import Letters
from tests.integration.alert_receivers import Receiver, mail_server, webhook
from tests.integration.alerting import Person, change, go, put, written
from tests.integration.crawls import ROOT, Invoke
from tests.integration.watchtower_service import serving

pytestmark = pytest.mark.integration
SECRET = "0123456789abcdef" * 3
SEAL = Seal(SECRET)
BASE = "https://immobe.example.org"


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with webhook() as receiver:
        yield receiver


@pytest.fixture
def mail() -> Iterator[Receiver]:
    with mail_server() as receiver:
        yield receiver


@pytest.fixture
def person(engine: Engine) -> Person:
    return Person(engine)


@pytest.fixture
def sender(engine: Engine) -> Sender:
    return Sender(engine, SEAL, Letters(BASE, SEAL).end_url, 3, 0.001, 0.002)


def keeps(person: Person, *receivers: Receiver, **wish: object) -> SavedSearch:
    channels = tuple(person.channel("hook", SEAL.closed(receiver.url)) for receiver in receivers)
    return person.keeps("postal_code=9000", **{"channel_ids": channels, **wish})


def news(engine: Engine, *numbers: int) -> None:
    """New adverts, and the messages about them."""
    with engine.begin() as connection:
        for number in numbers:
            put(connection, number)
    tell(engine, Letters(BASE, SEAL).write)


def spaced(said: str) -> str:
    """With ordinary spaces, also where a number must not be broken."""
    return re.sub(r"[\u202f\xa0]", " ", said)


def due_now(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alert_outbox SET due_at = now()"))


def test_a_message_goes_to_every_channel_and_says_why(
    engine: Engine, person: Person, sender: Sender, mail: Receiver, hook: Receiver
) -> None:
    search = keeps(person, mail, hook)
    news(engine, 1)
    assert sender.send_due() == {"sent": 2}
    assert sender.send_due() == {}, "once"
    [letter], [post] = mail.got, hook.got
    assert post.text.split() == letter.text.split()
    subject = "New listing · House, for sale, 3 bedrooms, 164 m², 9000 Gent · 325.000 €"
    assert spaced(letter.subject) == spaced(post.subject) == subject
    for said in ("“homes”", "Postal code: 9000", "first read on Immoweb", f"{BASE}/ui/listings/immoweb/1"):
        assert said in letter.text
    assert letter.mail is not None
    html = letter.mail.get_body(("html",))
    assert html is not None
    end = f"{BASE}/alerts/{SEAL.link_token(search.id)}"
    for part in (letter.text, post.text, html.get_content(), str(letter.mail["List-Unsubscribe"])):
        assert end in part
    assert letter.mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_program_unsubscribes_by_one_click(
    engine: Engine, person: Person, sender: Sender, mail: Receiver, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """RFC 8058: a POST to the address in the header, without cookies and without a form that was loaded before."""
    search, other = keeps(person, mail), person.keeps("postal_code=2000")
    news(engine, 1)
    sender.send_due()
    [letter] = mail.got
    assert letter.mail is not None
    name, value = str(letter.mail["List-Unsubscribe-Post"]).split("=")
    path = str(letter.mail["List-Unsubscribe"]).strip(" <>").removeprefix(BASE)
    paused = "SELECT id FROM saved_searches WHERE paused_at IS NOT NULL"
    with serving(database_url, redis_url, tmp_path, watchtower_secret_key=SECRET) as service:
        client = service.client()
        for language, button in (("en", "Pause"), ("fr", "Pause"), ("nl", "Pauze")):
            assert f">{button}</button>" in client.get(path, params={"lang": language}).text
        client.cookies.clear()
        forged = SEAL.link_token(search.id).replace(str(search.id), str(other.id), 1)
        assert client.post(f"/alerts/{forged}", data={name: value}).status_code == 404
        for refused in ({}, {name: "Two-Clicks"}, {"action": "end"}, {name: "", "action": "pause"}):
            assert client.post(path, data=refused).status_code == 403
        foreign = {"Origin": "https://evil.example"}
        assert client.post(path, data={name: value}, headers=foreign).status_code == 403
        assert service.ask(paused) == []
        assert client.post(path, data={name: value, "action": "end"}).status_code == 200, "it never deletes"
        assert service.ask(paused) == [{"id": search.id}]
        assert client.post(path, files={name: (None, value)}).status_code == 200, "as multipart; twice does no harm"
        assert service.ask(paused) == [{"id": search.id}]


@pytest.mark.parametrize("base", ["http://immobe.example.org", ""])
def test_only_what_can_be_unsubscribed_says_so(mail: Receiver, base: str) -> None:
    """Without TLS there is no one click; a test of a channel has nothing to unsubscribe from."""
    letters = Letters(base or BASE, SEAL)
    letter = letters.test("en")
    if base:
        letter = replace(letter, end_url=letters.end_url(7))
    assert send(mail.url, letter).ok
    [got] = mail.got
    assert got.mail is not None
    assert (got.mail["List-Unsubscribe"] is not None, got.mail["List-Unsubscribe-Post"]) == (bool(base), None)


@pytest.mark.parametrize(
    ("language", "subject", "said"),
    [
        ("nl", "Nieuw zoekertje · Huis, te koop, 3 slaapkamers, 164 m², 9000 Gent · € 325.000", "Pauzeren of stoppen"),
        (
            "fr",
            "Nouvelle annonce · Maison, à vendre, 3 chambres, 164 m², 9000 Gent · 325 000 €",
            "Suspendre ou arrêter",
        ),
    ],
)
def test_messages_are_in_the_language_of_the_search(
    engine: Engine, person: Person, sender: Sender, hook: Receiver, language: str, subject: str, said: str
) -> None:
    keeps(person, hook, language=language)
    news(engine, 1)
    sender.send_due()
    [post] = hook.got
    assert spaced(post.subject) == subject
    assert said in post.text


def test_every_kind_of_news_has_its_words(engine: Engine, person: Person, sender: Sender, hook: Receiver) -> None:
    with engine.begin() as connection:
        cheaper, sold, gone, back = (put(connection, number) for number in range(1, 5))
        go(connection, back)
    keeps(person, hook)
    with engine.begin() as connection:
        change(connection, cheaper, price_eur=299_000)
        change(connection, sold, status="sold")
        go(connection, gone)
        change(connection, back, stage="scraped", status="available")
    tell(engine, Letters(BASE, SEAL).write)
    sender.send_due()
    [post] = hook.got
    assert post.subject == "homes: 1 price drop, 1 back on the market, 2 changes of status"
    for said in ("Price down 8%, from 325.000 € to 299.000 €", "Now sold", "No longer online", "Back on the market"):
        assert said in spaced(post.text)


def test_hostile_texts_of_an_advert_are_only_text(
    engine: Engine, person: Person, sender: Sender, mail: Receiver
) -> None:
    keeps(person, mail)
    with engine.begin() as connection:
        put(connection, 1, locality="<script>alert(1)</script>\r\nBcc: eve@evil.example")
    tell(engine, Letters(BASE, SEAL).write)
    assert sender.send_due() == {"sent": 1}
    letter = mail.got[0].mail
    assert letter is not None
    assert letter["Bcc"] is None
    html = letter.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()


def test_a_failure_is_tried_again_later_under_the_same_key_and_then_given_up(
    engine: Engine, person: Person, sender: Sender, hook: Receiver
) -> None:
    keeps(person, hook)
    news(engine, 1)
    keys = []
    hook.refuse = lambda: 503
    for outcome in ("failed", "failed", "dead"):
        due_now(engine)
        with engine.connect() as connection:
            keys.append(connection.execute(text("SELECT key FROM alert_outbox")).scalar_one())
        with outbox.claimed(engine) as claim:
            assert claim is not None
            assert sender._deliver(*claim) == outcome
    [dead] = outbox.latest(engine, state="dead")
    assert len(set(keys)) == 1
    assert (dead.attempts, "503" in (dead.answer or "")) == (3, True)
    assert sender.send_due() == {}
    hook.refuse = lambda: None
    assert outbox.revive(engine) == 1
    assert sender.send_due() == {"sent": 1}
    assert list(hook.by_key) == [str(keys[0])]


def test_a_refusal_for_good_is_not_tried_again(engine: Engine, person: Person, sender: Sender, mail: Receiver) -> None:
    keeps(person, mail)
    news(engine, 1)
    mail.refuse = lambda: "550 no such mailbox"
    assert sender.send_due() == {"dead": 1}
    assert "550" in (outbox.latest(engine)[0].answer or "")


def test_one_broken_channel_does_not_keep_the_others_waiting(
    engine: Engine, person: Person, sender: Sender, hook: Receiver, mail: Receiver
) -> None:
    keeps(person, hook, mail)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alert_channels SET secret = 'junk' WHERE id = 1"))
    news(engine, 1)
    assert sender.send_due() == {"dead": 1, "sent": 1}


def test_pauses_grow_and_differ(engine: Engine, person: Person, hook: Receiver) -> None:
    keeps(person, hook)
    sender = Sender(engine, SEAL, Letters(BASE, SEAL).end_url, 100, 10, 100_000)
    hook.refuse = lambda: 500
    waits = []
    news(engine, 1)
    for _ in range(6):
        due_now(engine)
        with outbox.claimed(engine) as claim:
            assert claim is not None
            sender._deliver(*claim)
        with engine.connect() as connection:
            query = "SELECT extract(epoch FROM due_at - now()) FROM alert_outbox"
            waits.append(float(connection.execute(text(query)).scalar_one()))
    for attempt, wait in enumerate(waits):
        assert 10 * 2**attempt / 2 - 1 <= wait <= 10 * 2**attempt


def test_quiet_hours_hold_messages_and_deliveries_back(
    engine: Engine, person: Person, sender: Sender, hook: Receiver
) -> None:
    now = datetime.now(UTC).astimezone()
    belgium = "now() AT TIME ZONE 'Europe/Brussels'"
    keeps(person, hook)
    news(engine, 1)
    with engine.begin() as connection:
        quiet = (
            f"quiet_from = ({belgium} - interval '1 hour')::time, quiet_until = ({belgium} + interval '1 hour')::time"
        )
        connection.execute(text(f"UPDATE saved_searches SET {quiet}"))
    assert sender.send_due() == {"postponed": 1}
    [waiting] = outbox.latest(engine)
    assert (waiting.state, waiting.attempts) == ("waiting", 0)
    assert timedelta(minutes=58) < waiting.due_at - now < timedelta(minutes=61)
    news(engine, 2)
    assert len(outbox.latest(engine)) == 1, "what is found in quiet hours waits to be told at once"
    with engine.begin() as connection:
        connection.execute(text("UPDATE saved_searches SET quiet_from = NULL, quiet_until = NULL"))
    due_now(engine)
    tell(engine, Letters(BASE, SEAL).write)
    assert sender.send_due() == {"sent": 2}


def test_what_waits_for_a_paused_search_is_dropped(
    engine: Engine, person: Person, sender: Sender, hook: Receiver
) -> None:
    search = keeps(person, hook)
    news(engine, 1)
    pause_search(engine, search.id)
    assert sender.send_due() == {"dropped": 1}
    assert hook.got == []


def test_a_digest_tells_a_day_at_its_hour(engine: Engine, person: Person, sender: Sender, hook: Receiver) -> None:
    search = keeps(person, hook, frequency="daily", digest_hour=8)
    news(engine, 1, 2)
    assert outbox.latest(engine) == []
    write = Letters(BASE, SEAL).write
    eight = (search.created_at + timedelta(days=1)).replace(hour=8, minute=0)  # 9:00 or 10:00 in Belgium
    assert tell(engine, write, now=eight.replace(hour=5)) == 0
    assert tell(engine, write, now=eight) == 1
    assert tell(engine, write, now=eight + timedelta(hours=1)) == 0
    sender.send_due()
    assert [post.subject for post in hook.got] == ["homes: 2 new listings"]


def test_cron_makes_the_digests_of_the_day_once(engine: Engine, person: Person, hook: Receiver) -> None:
    search = keeps(person, hook, frequency="daily", digest_hour=23)
    news(engine, 1)
    write, tomorrow = Letters(BASE, SEAL).write, (search.created_at + timedelta(days=1)).replace(hour=6)
    assert tell(engine, write, now=tomorrow, todays_digests=True) == 1
    with engine.begin() as connection:
        put(connection, 2)
    assert tell(engine, write, now=tomorrow.replace(hour=22, minute=30)) == 0, "its hour comes too late that day"
    assert tell(engine, write, now=tomorrow + timedelta(days=1), todays_digests=True) == 1


def test_a_search_without_channels_is_for_the_page_alone(engine: Engine, person: Person) -> None:
    person.keeps("postal_code=9000", channel_ids=())
    news(engine, 1)
    assert outbox.latest(engine) == []
    with engine.connect() as connection:
        assert connection.execute(text("SELECT told_at IS NOT NULL FROM alert_matches")).scalar_one()


def test_two_senders_never_are_at_the_same_message(engine: Engine, person: Person, hook: Receiver) -> None:
    keeps(person, *[hook] * 12)
    news(engine, 1)
    senders = [Sender(engine, SEAL, Letters(BASE, SEAL).end_url, 3, 1, 2) for _ in range(3)]
    threads = [threading.Thread(target=sender.send_due) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(hook.got) == len(hook.by_key) == 12


def test_the_command_fires_a_channel_and_shows_the_answer(
    engine: Engine, person: Person, hook: Receiver, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHTOWER_SECRET_KEY", SECRET)
    channel = person.channel("json", SEAL.closed(hook.url))
    assert invoke("alerts", "test", str(channel)).startswith("ok: ")
    assert (channels_of(engine)[0].test_answer or "").startswith("ok: ")
    assert "a-secret-path" not in invoke("alerts", "list")
    keeps(person, hook)
    with engine.begin() as connection:
        put(connection, 1)
    assert "sent: 1" in invoke("alerts", "send", "--once")
    assert "nothing to send" in invoke("alerts", "digest")


# Everything is imported once; each life is a fork of it, so that dying costs no start.
LIVES = """
import os, sys
from immobe.commands import alerts
from immobe.config import load_config
from immobe.storage.engine import make_engine
import immobe.alerts.composing, immobe.alerts.sending, immobe.watchtower.alert_letters
config = load_config(None)
for _ in sys.stdin:
    life = os.fork()
    if life == 0:
        alerts._watch(config, make_engine(config, config.database_url))
    print(life, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(life, 0)[1]), flush=True)
"""


class Reaper:
    """Kills a sender once, when so many more messages have arrived: before it has its answer, or a little later."""

    def __init__(self, chance: random.Random) -> None:
        self._chance, self._lock = chance, threading.Lock()
        self._life = self._receipts = 0

    def watch(self, life: int) -> None:
        with self._lock:
            self._life, self._receipts = life, self._chance.randint(1, 4)

    def receipt(self) -> None:
        with self._lock:
            self._receipts -= 1
            if self._life == 0 or self._receipts != 0:
                return
            life, self._life = self._life, 0
        if self._chance.random() < 0.5:
            os.kill(life, signal.SIGKILL)
        else:
            threading.Timer(self._chance.random() / 50, os.kill, [life, signal.SIGKILL]).start()


def test_twenty_kills_lose_nothing_and_send_nothing_twice(
    engine: Engine, person: Person, mail: Receiver, hook: Receiver, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """By the receivers' keys. Adverts come all the time, so that the sender dies at every step of its work."""
    keeps(person, mail, hook)
    config = load_config(None, database_url=database_url, redis_url=redis_url, immobe_data_dir=tmp_path)
    settings = {"WATCHTOWER_SECRET_KEY": SECRET, "ALERTS_SECONDS": "0.1", "RETRY_BACKOFF": "0.1", "LOG_LEVEL": "ERROR"}
    environment = child_environment(config, **settings)
    reaper = Reaper(random.Random(20))
    mail.before_answer = hook.before_answer = reaper.receipt
    added, stop = 0, threading.Event()

    def advertise() -> None:
        nonlocal added
        while not stop.wait(0.02):
            if added < len(hook.got) + 20:  # a message shows 50 at most
                added += 1
                with engine.begin() as connection:
                    put(connection, added, living_area_m2=40 + 20 * added)  # no two of one dwelling

    market = threading.Thread(target=advertise)
    lives = [sys.executable, "-c", LIVES]
    with subprocess.Popen(lives, cwd=ROOT, env=environment, stdin=-1, stdout=-1, text=True, bufsize=1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        market.start()
        try:
            for _ in range(20):
                process.stdin.write("\n")
                reaper.watch(int(process.stdout.readline()))
                assert int(process.stdout.readline()) == -signal.SIGKILL
        finally:
            stop.set()
            market.join()
    mail.before_answer = hook.before_answer = lambda: None
    tell(engine, Letters(BASE, SEAL).write)
    Sender(engine, SEAL, Letters(BASE, SEAL).end_url, 99, 1, 1).send_due()
    for receiver in (mail, hook):
        texts = [one.text for one in receiver.by_key.values()]
        assert Counter(n for text in texts for n in re.findall(r"/ui/listings/immoweb/(\d+)", text)) == {
            str(number): 1 for number in range(1, added + 1)
        }
    assert {state for state, count in outbox.counts(engine).items() if count} == {"sent"}
    doubles = [f"{len(one.got) - len(one.by_key)} of {len(one.by_key)}" for one in (mail, hook)]
    print(f"{added} adverts; came again under their key: mails {doubles[0]}, posts {doubles[1]}")


def test_the_message_is_written_once_and_for_all(engine: Engine, person: Person, hook: Receiver) -> None:
    """What fails while messages are made is rolled back, and what was found is still to be told."""
    keeps(person, hook)
    with engine.begin() as connection:
        put(connection, 1)

    def fails(*_: object) -> tuple[str, str, str]:
        raise RuntimeError("no words")

    with pytest.raises(RuntimeError):
        tell(engine, fails)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alert_messages")).scalar_one() == 0
        untold = "SELECT count(*) FROM alert_matches WHERE told_at IS NULL"
        assert connection.execute(text(untold)).scalar_one() == 1
    assert tell(engine, written) == 1
