"""Who may import whom. The rules are those of docs/architecture.md; this test walks every import."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("immobe", "spiders", "pipelines", "middlewares")

# {importing package: what of ours it may import}
ALLOWED = {
    "spiders": {"immobe.crawling", "immobe.platforms", "immobe.items"},
    "pipelines": {"immobe.items", "immobe.mapping", "immobe.platforms", "immobe.storage", "immobe.errors"},
    "middlewares": {"immobe.redis", "immobe.observability", "immobe.crawling.engine_state", "immobe.errors"},
}
WITHOUT_SCRAPY = (
    "immobe.mapping", "immobe.platforms", "immobe.geo", "immobe.storage", "immobe.market", "immobe.watchtower",
    "immobe.redis", "immobe.embedded", "immobe.observability", "immobe.replica", "immobe.parsing",
    "immobe.alerts",
)  # fmt: skip
COMMAND_LINE = ("immobe.cli", "immobe.commands", "immobe.__main__")
LEAVES = ("immobe.config", "immobe.errors", "immobe.items")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


SOURCES = [path for package in OURS for path in sorted((ROOT / package).rglob("*.py"))]


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_imports_go_in_one_direction(path: Path) -> None:
    name, ours = module_name(path), [i for i in imports(path) if i.split(".")[0] in OURS]
    top = name.split(".")[0]
    if top == "immobe":
        assert not [i for i in ours if not within(i, "immobe")], "immobe imports none of the folders beside it"
    else:
        allowed = ALLOWED[top] | {name, top}
        assert not [i for i in ours if not any(within(i, a) for a in allowed)], f"{top} may import {allowed}"
    if name in LEAVES:
        assert not [i for i in ours if not any(within(i, leaf) for leaf in LEAVES)], "leaves import only leaves"
    if not any(within(name, command) for command in COMMAND_LINE):
        assert not [i for i in ours if any(within(i, command) for command in COMMAND_LINE)], "commands are on top"


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if any(within(module_name(p), w) for w in WITHOUT_SCRAPY)], ids=module_name
)
def test_the_core_does_not_know_scrapy(path: Path) -> None:
    assert not [i for i in imports(path) if i.split(".")[0] in ("scrapy", "scrapy_redis", "twisted")]


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_only_config_reads_the_environment(path: Path) -> None:
    if module_name(path) == "immobe.config":
        return
    used = {
        ast.unparse(n) for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Attribute | ast.Name)
    }
    assert not used & {"os.environ", "os.getenv", "environ", "getenv"}


def test_there_is_something_to_check() -> None:
    assert len(SOURCES) > 30
