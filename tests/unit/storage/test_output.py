"""A file appears whole or not at all."""

import stat
from pathlib import Path

import pytest

from immobe.storage.output import output


def test_a_file_is_written(tmp_path: Path) -> None:
    with output(tmp_path / "out.csv") as out:
        out.write("é\n".encode())
    assert (tmp_path / "out.csv").read_bytes() == "é\n".encode()
    assert list(tmp_path.iterdir()) == [tmp_path / "out.csv"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("old")

    def fail() -> None:
        with output(target) as out:
            out.write(b"new")
            raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        fail()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    link = tmp_path / "link"
    link.symlink_to("real")
    with output(link) as out:
        out.write(b"new")
    assert link.is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    device = Path("/dev/null")
    with output(device) as out:
        out.write(b"gone")
    assert stat.S_ISCHR(device.stat().st_mode)


def test_standard_output_stays_usable(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with output(Path("-")) as out:
        out.write("é\n".encode())
    print("after")
    assert capfdbinary.readouterr().out == "é\nafter\n".encode()
