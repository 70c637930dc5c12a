"""The `media` of an advert: addresses of pictures that nobody serves."""

from __future__ import annotations

from typing import Any

from immobe.replica.advert import Advert
from immobe.replica.chance import Draws

_MEDIA = "https://media-resize.immowebstatic.be/classifieds"


def media(advert: Advert, count: int) -> dict[str, Any]:
    draws = Draws("media", advert.index)
    folder = f"{_MEDIA}/{uuid(draws)}"
    pictures = []
    for _ in range(count):
        name = draws.hex(32)
        pictures.append(
            {
                "smallUrl": f"{folder}/100x100/{name}.jpg",
                "mediumUrl": f"{folder}/300x300/{name}.jpg",
                "largeUrl": f"{folder}/736x736/{name}.jpg",
                "isVertical": name[0] == "0",
            }
        )
    tour = f"https://tours.example/replica/{advert.index}" if advert.index % 25 == 0 else None
    return {
        "pictures": pictures,
        "virtualTourUrl": None,
        "floorPlans": None,
        "specifications": None,
        "virtualExperienceUrl": tour,
    }


def uuid(draws: Draws) -> str:
    digits = draws.hex(32)
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
