"""The replica's application with faults in force, without a socket."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from immobe.errors import ConfigError
from immobe.replica.faults import Message
from immobe.replica.market import Market
from immobe.replica.server import Replica, create_app

HOST = "/www.immoweb.be"
SEARCH = f"{HOST}/en/search/house/for-sale"


class Client:
    """Asks the application; `patience` seconds without an answer, and it goes away."""

    def __init__(self, faults: str = "", patience: float = 5.0) -> None:
        self.replica = Replica(Market(3, 60), faults=faults)
        self.app = create_app(self.replica)
        self.patience = patience
        self.records = list(self.replica.of("immoweb").truth())

    async def ask(self, path: str, method: str = "GET", body: bytes = b"") -> tuple[int, dict[bytes, bytes], bytes]:
        """(status, headers, body); status 0 for no answer, and a body that does not end when it broke off."""
        messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        gone, sent = asyncio.Event(), list[Message]()

        async def receive() -> Message:
            if messages:
                return messages.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"page=1"}
        scope |= {"headers": [], "http_version": "1.1", "server": ("127.0.0.1", 80), "root_path": ""}
        asyncio.get_running_loop().call_later(self.patience, gone.set)
        await asyncio.wait_for(self.app(scope, receive, send), 10)
        if not sent:
            return 0, {}, b""
        content = b"".join(message.get("body", b"") for message in sent[1:])
        complete = len(sent) > 1 and not sent[-1].get("more_body", False)
        return sent[0]["status"], dict(sent[0]["headers"]), content if complete else content + b"..."

    def path(self, number: int = 0) -> str:
        return HOST + urlsplit(self.records[number]["url"]).path

    async def tell(self, path: str) -> Any:
        return json.loads((await self.ask(f"/_replica/{path}"))[2])

    async def count(self) -> int:
        """How many of Immoweb's listings must end stored."""
        (found,) = (o["count"] for o in await self.tell("count") if o["platform"] == "immoweb")
        return int(found)


async def test_a_page_is_faulty_so_many_times_and_then_well() -> None:
    client = Client("503=100%/2")
    assert [(await client.ask(client.path()))[0] for _ in range(4)] == [503, 503, 200, 200]
    assert [(await client.ask(SEARCH))[0] for _ in range(3)] == [503, 503, 200]
    _, headers, body = await client.ask(client.path())
    assert int(headers[b"content-length"]) == len(body) > 300_000
    assert (await client.tell("faults"))["given"] == {"503": 4}


async def test_two_faults_of_a_page_come_one_after_the_other() -> None:
    client = Client("429=100%,503=100%")
    assert [(await client.ask(client.path()))[0] for _ in range(3)] == [429, 503, 200]


@pytest.mark.parametrize(("prefix", "statuses"), [("listing:", (503, 200)), ("search:", (200, 503)), ("", (503, 503))])
async def test_listings_and_searches_alike_unless_named(prefix: str, statuses: tuple[int, int]) -> None:
    client = Client(f"immoweb:{prefix}503=100%")
    assert ((await client.ask(client.path()))[0], (await client.ask(SEARCH))[0]) == statuses


async def test_home_robots_and_head_are_left_alone() -> None:
    client = Client("503=100%/always")
    for path in ("/robots.txt", "/en", "/"):
        assert (await client.ask(HOST + path))[0] in (200, 301)
    assert (await client.ask(client.path(), "HEAD"))[0] == 200
    assert [(await Client("robots=503").ask(f"{HOST}/robots.txt"))[0]] == [503]


async def test_what_is_no_page_is_not_spoilt_but_refused() -> None:
    missing = f"{HOST}/en/classified/20000004"
    assert (await Client("cut=100%").ask(missing))[0] == 404
    assert (await Client("503=100%").ask(missing))[0] == 503


async def test_a_loop_leads_to_the_page_itself() -> None:
    client = Client("loop=100%")
    status, headers, _ = await client.ask(client.path())
    assert (status, headers[b"location"].decode()) == (302, f"{client.records[0]['url']}?page=1")


async def test_the_wrong_listing_is_another_s_whole_page_and_always_the_same() -> None:
    client = Client("wrong=100%/always")
    pages = [(await client.ask(client.path()))[2] for _ in range(2)]
    assert pages[0] == pages[1]
    assert f'window.classified = {{"id":{client.records[0]["platform_listing_id"]},'.encode() not in pages[0]
    assert b'window.classified = {"id":' in pages[0]


async def test_a_slow_answer_is_late_and_good() -> None:
    client = Client("slow=100%/always/0.2s")
    loop = asyncio.get_running_loop()
    started = loop.time()
    status, _, body = await client.ask(client.path())
    assert loop.time() - started > 0.19
    assert (status, body[-8:]) == (200, b"</html>\n")


async def test_an_impatient_client_gets_nothing_of_a_slow_or_silent_page() -> None:
    for name in ("slow", "silent"):
        client = Client(f"{name}=100%/30s", patience=0.1)
        assert (await client.ask(client.path()))[0] == 0


async def test_silence_and_drops_end_by_themselves_in_the_end() -> None:
    client = Client("silent=100%/0.1s,endless=100%/0.3s")
    assert (await client.ask(client.path()))[0] == 504
    status, headers, body = await client.ask(client.path())
    assert (status, b"content-length" in headers, body.count(b"<!--")) == (200, False, 3)


async def test_drops_end_with_the_client() -> None:
    client = Client("endless=100%/60s", patience=0.15)
    assert (await client.ask(client.path()))[2].endswith(b"...")


async def test_data_loss_is_half_of_what_was_promised() -> None:
    client = Client("data_loss=100%")
    _, headers, body = await client.ask(client.path())
    assert body.endswith(b"...")
    assert abs(int(headers[b"content-length"]) / 2 - len(body)) < 5


async def test_faults_that_pass_change_no_truth() -> None:
    client = Client("passing=100%/3,slow=100%/always,removed=50%")
    assert {"platform": "immoweb", "count": 60} in await client.tell("count")
    assert not any((await client.tell("faults"))["never_stored"].values())


async def test_listings_that_can_never_be_stored_are_told_with_their_units() -> None:
    client = Client("listing:503=30%/always")
    lost = set((await client.tell("faults"))["never_stored"]["immoweb"])
    failing = {
        str(record["platform_listing_id"])
        for number, record in enumerate(client.records)
        if (await client.ask(client.path(number)))[0] == 503
    }
    units = {str(r["platform_listing_id"]) for r in client.records if r["project_id"] in failing}
    assert lost == failing | units
    assert failing
    assert await client.count() == 60 - len(lost)
    told = (await client.ask("/_replica/listings"))[2].decode().splitlines()
    assert {json.loads(line)["platform_listing_id"] for line in told} == {
        str(r["platform_listing_id"]) for r in client.records
    } - lost


async def test_search_pages_that_stay_faulty_leave_the_count_alone() -> None:
    assert await Client("search:503=100%/always").count() == 60


async def test_the_count_follows_the_day() -> None:
    client = Client("listing:503=30%/always")
    before = await client.count()
    await client.ask("/_replica/day", "PUT", b'{"day": 60}')
    told = (await client.ask("/_replica/listings"))[2].splitlines()
    assert await client.count() == len(told) != before


async def test_faults_change_without_a_restart() -> None:
    client = Client("503=100%")
    await client.ask(client.path())
    status, _, body = await client.ask("/_replica/faults", "PUT", b'{"spec": "429=100%/1s"}')
    told = json.loads(body)
    assert (status, told["spec"], told["given"]) == (200, "429=100%/1s", {})
    assert not any(told["never_stored"].values())
    assert [(await client.ask(client.path()))[0] for _ in range(2)] == [429, 200]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"spec": 5}', b'{"spec": "tired=5%"}', b'{"spec": "429=5"}'])
async def test_a_wrong_change_is_refused_and_changes_nothing(body: bytes) -> None:
    client = Client("503=100%")
    status, _, answer = await client.ask("/_replica/faults", "PUT", body)
    assert status == 422
    assert json.loads(answer)["error"]
    assert (await client.ask(client.path()))[0] == 503


async def test_requests_are_counted_until_they_are_forgotten() -> None:
    client = Client()
    for path in (client.path(), client.path(), client.path(1), SEARCH, f"{HOST}/robots.txt", f"{HOST}/en"):
        await client.ask(path)
    counted = {"robots": 1, "listing": 3, "search": 1, "other": 1, "different_listings": 2, "most_a_listing": 2}
    assert await client.tell("requests") == {"immoweb": counted}
    await client.ask("/_replica/requests", "DELETE")
    assert await client.tell("requests") == {}


def test_a_wrong_text_is_a_setting_that_is_wrong() -> None:
    with pytest.raises(ConfigError):
        Client("tired=5%")
