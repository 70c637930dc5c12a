"""`immobe new-platform`: the skeleton of a platform, in a checkout of this repository."""

from __future__ import annotations

import ast
import keyword
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from immobe.errors import ImmobeError

_TEMPLATES = files("immobe.commands") / "new_platform_templates"
_ROOT = Path(__file__).parents[2]
_REGISTRY = Path("immobe/platforms/__init__.py")
_DOCS = Path("docs/platforms.md")
_DOCS_HEAD = "# Platforms\n\nWhat is read of each portal, from where, what its robots.txt and terms were seen to say.\n"
_KNOWN = re.compile(r"(_KNOWN: tuple\[Platform, \.\.\.\] = \(\n)((?:    \w+\(\),\n)*)(\)\n)")
_IMPORTS = re.compile(r"(?:from immobe\.platforms\.\w+ import [^\n]+\n)+")
_LONGEST_PATH = 6
_LANGUAGES = ("en", "fr", "nl", "de")


@dataclass(frozen=True, slots=True)
class NewPlatform:
    """What the skeleton is made for. Raises BadParameter for a name or an address that cannot be one."""

    name: str
    url: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,29}", self.name) or keyword.iskeyword(self.name):
            raise typer.BadParameter(f"{self.name!r} is no name: small letters, digits and _, as in immo_web2")
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme == "https" and "." in (parts.hostname or "") and parts.port is None
        except ValueError:
            usable = False
        if not usable or re.search(r"""[\s"'\\{}<>]""", self.url):
            raise typer.BadParameter(
                f"{self.url!r} is no https address of a listing: https://www.portal.be/en/flat/123"
            )
        if not self._segments:
            raise typer.BadParameter(f"{self.url} is a home page: give the address of one listing, with its id")

    @property
    def host(self) -> str:
        return str(urlsplit(self.url).hostname)

    @property
    def class_name(self) -> str:
        """
        >>> NewPlatform("immo_web2", "https://www.portal.be/1").class_name
        'ImmoWeb2'
        """
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def _segments(self) -> list[str]:
        return [unquote(segment) for segment in urlsplit(self.url).path.split("/") if segment]

    @property
    def pattern(self) -> str:
        """The path of a listing as a pattern: the last segment holds the id, or the last with a number.

        >>> NewPlatform("x1", "https://www.portal.be/fr/maison/gent/12345").pattern
        '/(?:en|fr|nl|de)/[^/]+/[^/]+/(?P<id>\\\\d+)/?'
        """
        segments = self._segments
        numbered = [n for n, segment in enumerate(segments) if re.search(r"\d{3}", segment)]
        last = len(segments) - 1
        place = last if re.search(r"\d", segments[last]) or not numbered else numbered[-1]
        parts = [f"/{_pattern_of(segment, is_id=n == place)}" for n, segment in enumerate(segments)]
        return "".join(parts if len(parts) <= _LONGEST_PATH else ["(?:/[^/]+)+?", *parts[place:]]) + "/?"

    def words(self) -> dict[str, str]:
        """What the templates are filled with."""
        today = datetime.now(UTC).strftime("%Y-%m-%dT08:00:00Z")
        return {
            "name": self.name,
            "url": self.url,
            "host": self.host,
            "class_name": self.class_name,
            "pattern": self.pattern,
            "today": today,
        }


def _pattern_of(segment: str, *, is_id: bool) -> str:
    if not is_id:
        return f"(?:{'|'.join(_LANGUAGES)})" if segment in _LANGUAGES else "[^/]+"
    if segment.isdigit():
        return r"(?P<id>\d+)"
    return r"[^/]*?(?P<id>\d{3,})[^/]*" if re.search(r"\d{3}", segment) else "(?P<id>[^/]+)"


def new_platform(
    name: Annotated[str, typer.Argument(help="Name of the platform and its spider, as in: immoscoop")],
    url: Annotated[str, typer.Argument(help="Address of one of its listings")],
    folder: Annotated[Path, typer.Option(help="The checkout to write in", show_default="this one")] = _ROOT,
) -> None:
    """Write the skeleton of a platform: its module, its spider, a case to fill, its registration, a section of docs.

    Exit code: 0 written; 1 not written, and the text says why; 2 the name or the address cannot be used, or exists.
    """
    platform = NewPlatform(name, url)
    _must_be_new(platform, folder)
    written = _texts(platform, folder)
    _write(folder, written)
    for path in written:
        print(f"wrote {path}")
    print(
        f"Next: pytest tests/platforms -k {name}\n"
        "It fails and says what to do. CONTRIBUTING.md shows the whole way in one screen."
    )


def _must_be_new(platform: NewPlatform, folder: Path) -> None:
    """Raises BadParameter when the name or the portal is taken, ImmobeError when the folder is no checkout."""
    from immobe.platforms import PLATFORMS

    if not (folder / _REGISTRY).is_file() or not (folder / "tests/platforms").is_dir():
        raise ImmobeError(f"{folder} is no checkout of Immo-Bé: it lacks {_REGISTRY} or tests/platforms")
    folders = [Path("immobe/platforms") / platform.name, Path("tests/platforms") / platform.name]
    taken = [p for p in (*_paths(platform.name), *folders) if (folder / p).exists()]
    package = Path("immobe/platforms") / platform.name
    if platform.name in PLATFORMS or taken or (folder / package).exists():
        raise typer.BadParameter(
            f"{platform.name} exists already: {taken[0] if taken else package}; choose another name"
        )
    for known in PLATFORMS.values():
        if known.owns(platform.url):
            raise typer.BadParameter(f"{platform.host} is the platform {known.name} already")


def _paths(name: str) -> dict[Path, str]:
    """{file to write: its template}."""
    case = Path("tests/platforms") / name / "first_listing"
    return {
        Path(f"immobe/platforms/{name}.py"): "platform.py",
        Path(f"spiders/{name}.py"): "spider.py",
        case / "page.html": "page.html",
        case / "page.meta.json": "page.meta.json",
        case / "expected.json": "expected.json",
    }


def _texts(platform: NewPlatform, folder: Path) -> dict[Path, str]:
    """Every file to be written, whole. Raises ImmobeError when the registry is not as this command knows it."""
    words = platform.words()
    texts = {path: _filled(template, words) for path, template in _paths(platform.name).items()}
    texts[_REGISTRY] = _registered((folder / _REGISTRY).read_text(encoding="utf-8"), platform)
    docs = folder / _DOCS
    head = docs.read_text(encoding="utf-8").rstrip("\n") + "\n" if docs.exists() else _DOCS_HEAD
    return texts | {_DOCS: head + _filled("section.md", words)}


def _filled(template: str, words: dict[str, str]) -> str:
    text = (_TEMPLATES / f"{template}.template").read_text(encoding="utf-8")
    return Template(text).substitute(words)


def _registered(registry: str, platform: NewPlatform) -> str:
    """The registry with the platform, imports in order."""
    known, imports = _KNOWN.search(registry), _IMPORTS.search(registry)
    line = f"from immobe.platforms.{platform.name} import {platform.class_name}\n"
    if known is None or imports is None:
        raise ImmobeError(f"{_REGISTRY} has another form; add there: {line.strip()}, and {platform.class_name}()")
    added = "".join(sorted([*imports[0].splitlines(keepends=True), line], key=lambda text: text.split()[1]))
    members = f"{known[1]}{known[2]}    {platform.class_name}(),\n{known[3]}"
    text = registry.replace(known[0], members).replace(imports[0], added)
    ast.parse(text)
    return text


def _write(folder: Path, texts: dict[Path, str]) -> None:
    """All files or none. Raises ImmobeError."""
    before = {path: (folder / path).read_text(encoding="utf-8") for path in texts if (folder / path).exists()}
    try:
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        for path, text in before.items():
            (folder / path).write_text(text, encoding="utf-8")
        for path in set(texts) - set(before):
            if (folder / path).is_file():
                (folder / path).unlink()
        raise ImmobeError(f"nothing was written: {error}") from None
