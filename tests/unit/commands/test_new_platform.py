"""`immobe new-platform`, in a copy of the checkout: what it writes passes the checks, and its test says what to do."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from immobe.cli import app
from immobe.commands.new_platform import NewPlatform

ROOT = Path(__file__).parents[3]
URL = "https://www.portal.example/fr/a-vendre/maison/gent-9000/123456"
PAGE = """<!DOCTYPE html>
<html><head><link rel="canonical" href="https://www.portal.example/fr/a-vendre/maison/gent-9000/123456"></head>
<body><h2>Te koop</h2><table>
<tr><td>Type woning</td><td>Villa</td></tr><tr><td>Prijs</td><td>€ 425.000</td></tr>
<tr><td>Adres</td><td>Voorbeeldstraat 4, 9000 Gent</td></tr><tr><td>Slaapkamers</td><td>4</td></tr>
</table></body></html>
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a new platform touches, and what it needs to run."""
    for folder in ("immobe", "spiders", "tests/platforms"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "tests/conftest.py"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def run(checkout: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """`python -m …` with the modules of the copy."""
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=checkout, capture_output=True, text=True, timeout=180, check=False
    )


def golden(checkout: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return run(
        checkout, "pytest", "tests/platforms", "-k", "portal_x or rewritten", "-q", "-p", "no:cacheprovider", *options
    )


def test_the_skeleton_passes_the_checks_and_becomes_a_platform_by_filling_it_in(checkout: Path) -> None:
    made = run(checkout, "immobe", "new-platform", "portal_x", URL)
    assert (made.returncode, made.stderr) == (0, "")
    new = ["immobe/platforms/portal_x.py", "spiders/portal_x.py", "immobe/platforms/__init__.py"]
    assert [file for file in new if f"wrote {file}" not in made.stdout] == []
    assert "## portal_x" in (checkout / "docs/platforms.md").read_text()
    assert run(checkout, "ruff", "check", "--no-cache", *new).stdout == "All checks passed!\n"
    assert run(checkout, "ruff", "format", "--no-cache", "--check", *new).returncode == 0
    typed = run(checkout, "mypy", "--follow-imports=silent", "--cache-dir", str(checkout / ".mypy"), *new[:2])
    assert typed.returncode == 0, typed.stdout
    failed = golden(checkout)
    assert failed.returncode == 1
    assert "TO DO: 1. write in tests/platforms/portal_x/first_listing/page.html" in failed.stdout

    module, case = checkout / new[0], checkout / "tests/platforms/portal_x/first_listing"
    filled = (
        module.read_text().replace('_ROWS = "to-do"', '_ROWS = "tr"').replace('root.css("to-do")', 'root.css("h2")')
    )
    module.write_text(filled)
    (case / "page.html").write_text(PAGE)
    golden(checkout, "--update-expected")
    passed = golden(checkout)
    assert passed.returncode == 0, passed.stdout
    record = json.loads((case / "expected.json").read_text())["listing"]
    facts = ("platform_listing_id", "transaction_type", "price_eur", "property_subtype", "bedroom_count")
    assert [record[name] for name in facts] == ["123456", "sale", 425000, "villa", 4]


@pytest.mark.parametrize(
    ("name", "url", "complaint"),
    [
        ("Portal", URL, "is no name"),
        ("2portal", URL, "is no name"),
        ("portal-x", URL, "is no name"),
        ("class", URL, "is no name"),
        ("immoweb", URL, "exists already"),
        ("html", URL, "exists already"),
        ("portal_x", "http://www.portal.example/1", "is no https address"),
        ("portal_x", "www.portal.example/1", "is no https address"),
        ("portal_x", "https://[portal/1", "is no https address"),
        ("portal_x", 'https://www.portal.example/1"', "is no https address"),
        ("portal_x", "https://www.portal.example/", "is a home page"),
        ("portal_x", "https://www.immoweb.be/en/classified/123456", "is the platform immoweb already"),
    ],
)
def test_a_name_or_an_address_that_cannot_be_used_is_refused(name: str, url: str, complaint: str) -> None:
    result = CliRunner().invoke(app, ["new-platform", name, url])
    assert result.exit_code == 2
    assert complaint in " ".join(result.stderr.replace("│", " ").split())


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["new-platform", "portal_x", URL, "--folder", str(tmp_path)])
    assert "is no checkout" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_registry_of_another_form_is_left_alone(checkout: Path) -> None:
    registry = checkout / "immobe/platforms/__init__.py"
    registry.write_text("PLATFORMS = {}\n")
    result = CliRunner().invoke(app, ["new-platform", "portal_x", URL, "--folder", str(checkout)])
    assert "add there: from immobe.platforms.portal_x import PortalX, and PortalX()" in str(result.exception)
    assert registry.read_text() == "PLATFORMS = {}\n"
    assert not (checkout / "spiders/portal_x.py").exists()


def test_a_write_that_fails_leaves_nothing(checkout: Path) -> None:
    before = sorted(path for path in checkout.rglob("*") if path.is_file())
    (checkout / "docs").write_text("a file where a folder should be")
    result = CliRunner().invoke(app, ["new-platform", "portal_x", URL, "--folder", str(checkout)])
    assert "nothing was written" in str(result.exception)
    (checkout / "docs").unlink()
    assert sorted(path for path in checkout.rglob("*") if path.is_file()) == before


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("https://a.be/m123456-huis", r"/[^/]*?(?P<id>\d{3,})[^/]*/?"),
        ("https://a.be/nl/gent-9000/huis/LJ75K/", r"/(?:en|fr|nl|de)/[^/]+/[^/]+/(?P<id>[^/]+)/?"),
        ("https://a.be/fr/bien/7222927/41/La%20Hulpe", r"/(?:en|fr|nl|de)/[^/]+/(?P<id>\d+)/[^/]+/[^/]+/?"),
        ("https://a.be/a/b/c/d/e/f/12345", r"(?:/[^/]+)+?/(?P<id>\d+)/?"),
        ("https://a.be/huis/abc", r"/[^/]+/(?P<id>[^/]+)/?"),
    ],
)
def test_the_pattern_of_an_address(url: str, pattern: str) -> None:
    assert NewPlatform("portal_x", url).pattern == pattern
