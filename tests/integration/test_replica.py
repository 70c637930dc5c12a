"""The replica as a process of its own: its line, its routes, its clock, its end."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

pytestmark = pytest.mark.integration
COMMAND = [sys.executable, "-m", "immobe", "replica"]
PORTAL = "/www.immoweb.be"


def start(*options: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen([*COMMAND, "--port=0", *options], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("replica on http://127.0.0.1:")
    return process, line.split()[-1]


@pytest.fixture(scope="module")
def replica() -> Iterator[httpx.Client]:
    process, address = start("--listings=300", "--seed=4")
    try:
        with httpx.Client(base_url=address) as client:
            yield client
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture
def day(replica: httpx.Client) -> Iterator[None]:
    yield
    replica.put("/_replica/day", json={"day": 0})


def truth(replica: httpx.Client) -> list[dict[str, object]]:
    answer = replica.get("/_replica/listings", params={"platform": "immoweb"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_count_and_truth_agree(replica: httpx.Client) -> None:
    one = replica.get("/_replica/count", params={"platform": "immoweb"})
    assert one.json() == {"platform": "immoweb", "count": 300}
    assert one.json() in replica.get("/_replica/count").json()
    assert len(truth(replica)) == 300


def test_an_unknown_platform_is_a_json_404(replica: httpx.Client) -> None:
    for path in ("/_replica/count", "/_replica/listings"):
        answer = replica.get(path, params={"platform": "immonet"})
        assert answer.status_code == 404
        assert "immonet" in answer.json()["error"]


def test_the_truth_s_addresses_answer(replica: httpx.Client) -> None:
    for record in truth(replica)[:20]:
        path = str(record["url"]).removeprefix("https:/")
        answer = replica.get(path)
        assert answer.status_code == 200
        assert f'window.classified = {{"id":{record["platform_listing_id"]},' in answer.text
        short = replica.get(f"{PORTAL}/en/classified/{record['platform_listing_id']}")
        assert (short.status_code, short.headers["location"]) == (301, record["url"])


def test_search_pages_answer(replica: httpx.Client) -> None:
    answer = replica.get(f"{PORTAL}/en/search/house/for-sale", params={"countries": "BE", "page": 1})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    assert "<iw-search " in answer.text
    twin = replica.get(f"{PORTAL}/en/search-results/house/for-sale")
    assert twin.json()["results"]


def test_a_person_finds_the_way_in(replica: httpx.Client) -> None:
    home = replica.get("/")
    assert f'href="{PORTAL}/en/search/house/for-sale"' in home.text
    assert replica.get(f"{PORTAL}/robots.txt").text.startswith("User-agent: *")
    assert replica.get(f"{PORTAL}").status_code == 301


def test_methods(replica: httpx.Client) -> None:
    path = f"{PORTAL}/en/search/house/for-sale"
    head = replica.head(path)
    assert int(head.headers["content-length"]) > 500_000
    assert head.content == b""
    assert replica.post(path).status_code == 405
    assert replica.get("/www.elsewhere.be/").status_code == 404


@pytest.mark.usefixtures("day")
def test_the_clock_moves_without_a_restart(replica: httpx.Client) -> None:
    before = {record["platform_listing_id"]: record for record in truth(replica)}
    assert replica.put("/_replica/day", json={"day": 40}).json() == {"day": 40}
    assert replica.get("/_replica/day").json() == {"day": 40}
    after = {record["platform_listing_id"]: record for record in truth(replica)}
    assert replica.get("/_replica/count?platform=immoweb").json()["count"] == len(after)
    gone, new = before.keys() - after.keys(), after.keys() - before.keys()
    assert len(gone) > 50
    assert len(new) > 50
    statuses = {replica.get(f"{PORTAL}/en/classified/{number}").status_code for number in gone}
    assert statuses == {302, 404}
    changed = [n for n in before.keys() & after.keys() if before[n].get("price_eur") != after[n].get("price_eur")]
    assert changed


@pytest.mark.parametrize("body", ["", "4", "{}", '{"day": -1}', '{"day": "4"}', '{"day": true}', '{"day": 99999}'])
def test_a_wrong_day_is_refused(replica: httpx.Client, body: str) -> None:
    answer = replica.put("/_replica/day", content=body)
    assert answer.status_code == 422
    assert replica.get("/_replica/day").json() == {"day": 0}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(number: signal.Signals) -> None:
    process, address = start("--listings=5", "--day=3")
    with process, httpx.Client(base_url=address) as client:
        assert client.get("/_replica/day").json() == {"day": 3}
        process.send_signal(number)
        assert process.wait(10) == 0


def test_wrong_faults_are_one_clear_message() -> None:
    command = [*COMMAND, "--faults=tired=5%"]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 2
    assert "no fault is called 'tired'" in " ".join(refused.stderr.split())


def test_a_page_that_breaks_off_is_no_error_of_the_server() -> None:
    process = subprocess.Popen(
        [*COMMAND, "--port=0", "--listings=5", "--faults=data_loss=100%"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process, httpx.Client(base_url=process.stdout.readline().split()[-1]) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(f"{PORTAL}/en/search/house/for-sale")
        assert client.get(f"{PORTAL}/en/search/house/for-sale").status_code == 200
        process.terminate()
        assert process.communicate(timeout=10)[1] == ""


def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = subprocess.run([*COMMAND, f"--port={port}"], capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 1
    assert "cannot listen" in refused.stderr
