"""A portal whose pages need JavaScript: a shell, its script, and the page that the script asks for."""

from __future__ import annotations

import httpx

from immobe.replica.market import Market
from immobe.replica.server import Replica, create_app

SEARCH = "/www.immoweb.be/en/search/house/for-sale"


def portal(javascript: str) -> httpx.AsyncClient:
    app = create_app(Replica(Market(1, 30), platforms=["immoweb"], javascript=[javascript] if javascript else []))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://replica")


async def test_pages_come_only_when_the_script_asks_for_them() -> None:
    async with portal("immoweb") as client, portal("") as plain:
        for query in ("", "?page=1&orderBy=newest"):
            shell = await client.get(SEARCH + query)
            assert "<iw-search" not in shell.text
            assert int(shell.headers["content-length"]) == len(shell.content)
            assert "/replica-page.js" in shell.text
            asked = await client.get(f"{SEARCH}{query}{'&' if query else '?'}made-by-script=1")
            assert asked.content == (await plain.get(SEARCH + query)).content
            assert "<iw-search" in asked.text
        assert "made-by-script=1" in (await client.get("/www.immoweb.be/replica-page.js")).text


async def test_what_is_no_page_is_as_ever() -> None:
    async with portal("immoweb") as client:
        assert (await client.get("/www.immoweb.be/robots.txt")).text.startswith("User-agent: *")
        assert (await client.get("/www.immoweb.be/en/classified/1")).status_code == 404
        assert (await client.get("/www.immoweb.be/")).status_code == 301
        assert (await client.get("/_replica/count?platform=immoweb")).json()["count"] == 30
