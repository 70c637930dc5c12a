"""Requests survive the way through Redis, and nothing but data does."""

import json

import pytest
from scrapy import Request
from scrapy.utils.request import request_from_dict

from immobe.crawling import serializer


def test_a_request_comes_back_as_it_was() -> None:
    request = Request(
        "https://www.immoweb.be/é?x=1",
        method="POST",
        body=b"\x00\xff",
        headers={"Accept": ["a", "b"]},
        meta={"correlation_id": "c", "depth": 3},
        cb_kwargs={"listing_id": "1"},
        priority=-7,
        dont_filter=True,
        flags=["f"],
    )
    back = request_from_dict(serializer.loads(serializer.dumps(request.to_dict())))
    assert back.to_dict() == request.to_dict()


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError):
        serializer.dumps(Request("https://x.be", meta={"object": object()}).to_dict())


@pytest.mark.parametrize("payload", ["", "123", "[]", '{"v": 1}', "\x80\x04K\x01.", '{"v": 1, "url": 3}'])
def test_what_is_no_request_is_refused(payload: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - broken JSON and wrong JSON alike
        serializer.loads(payload)


def test_another_releases_request_is_told_apart() -> None:
    payload = json.loads(serializer.dumps(Request("https://x.be").to_dict())) | {"v": 99}
    with pytest.raises(serializer.UnknownVersion):
        serializer.loads(json.dumps(payload))
