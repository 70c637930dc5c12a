"""What Belgian platforms write alike."""

import pytest

from immobe.items import EpcLabel, Region
from immobe.mapping import belgian
from immobe.mapping.convert import Unconvertible
from immobe.mapping.mapper import Draft


@pytest.mark.parametrize(
    ("written", "region", "label", "missing"),
    [
        ("A+", Region.FLANDERS, EpcLabel.A_PLUS, None),
        ("A+", Region.WALLONIA, EpcLabel.A_PLUS, None),
        ("A++", Region.WALLONIA, EpcLabel.A_PLUS_PLUS, None),
        ("A+", Region.BRUSSELS, EpcLabel.A, None),
        ("A-", Region.BRUSSELS, EpcLabel.A, None),
        ("D+", Region.BRUSSELS, EpcLabel.D, None),
        ("d-", Region.BRUSSELS, EpcLabel.D, None),
        ("D", Region.FLANDERS, EpcLabel.D, None),
        ("D+", Region.FLANDERS, None, "rejected:not_on_scale_of_flanders"),
        ("A-", Region.FLANDERS, None, "rejected:not_on_scale_of_flanders"),
        ("G-", Region.WALLONIA, None, "rejected:not_on_scale_of_wallonia"),
        ("D+", None, EpcLabel.D, None),  # without a region the whole record is refused
    ],
)
def test_only_brussels_divides_its_letters(
    written: str, region: Region | None, label: EpcLabel | None, missing: str | None
) -> None:
    draft = Draft({"label": written}, values={} if region is None else {"region": region})
    draft.read("epc_label", belgian.epc_label, "label")
    belgian.epc_sign(draft)
    assert (draft.values.get("epc_label"), draft.missing.get("epc_label")) == (label, missing)
    assert label == written or draft.raw["epc_label"] == written


@pytest.mark.parametrize("written", ["A+++", "A+-", "H", "G_C", "AB", "D++", "+"])
def test_what_is_no_label_is_not_read(written: str) -> None:
    with pytest.raises(Unconvertible):
        belgian.epc_label(written)
