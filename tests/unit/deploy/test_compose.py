"""The Compose file and its images: valid by the specification, and as closed as docs/deployment.md says."""

from __future__ import annotations

import json
import re
import subprocess
from fnmatch import fnmatch
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from dockerfile_parse import DockerfileParser
from jsonschema import Draft7Validator

from immobe.config import Config
from tests.integration.compose import ROOT, compose

COMPOSE = compose()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
NAMES = sorted(SERVICES)
OURS = {"scrapyd", "harvester", "watchtower", "alerts"}
WANTED = OURS | {"db", "redis", "scrapydweb", "chrome", "prometheus", "grafana", "caddy"}
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+[\w.-]*")


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """{target: its instructions}."""
    parser = DockerfileParser(path=str(tmp_path_factory.mktemp("image")))
    parser.content = (ROOT / "deploy/Dockerfile").read_text()
    found: dict[str, list[dict[str, Any]]] = {"": []}
    target = ""
    for instruction in parser.structure:
        if instruction["instruction"] == "FROM":
            target = instruction["value"].split()[-1]
        found.setdefault(target, []).append(instruction)
    return found


def test_it_is_valid_by_the_specification() -> None:
    schema = files("check_jsonschema").joinpath("builtin_schemas/vendor/compose-spec.json").read_text()
    assert list(Draft7Validator(json.loads(schema)).iter_errors(COMPOSE)) == []


def test_every_part_is_there() -> None:
    assert set(SERVICES) == WANTED | {"migrate"}


@pytest.mark.parametrize("name", NAMES)
def test_a_service_is_pinned_limited_and_has_no_rights(name: str, stages: dict[str, list[dict[str, Any]]]) -> None:
    service = SERVICES[name]
    limits = service["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} == set(limits)
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert ("healthcheck" in service) == (name != "migrate")
    if "build" in service:
        stage = stages[service["build"]["target"]]
        users = [one["value"] for one in stage if one["instruction"] == "USER"]
        assert users[-1:] == ["10001"]
        assert service["image"].startswith("immobe")
    else:
        assert PINNED.fullmatch(service["image"])
        assert service["user"] not in ("root", "0")


def test_images_stand_on_pinned_ones(stages: dict[str, list[dict[str, Any]]]) -> None:
    python = next(one["value"].partition("=")[2] for one in stages[""] if one["instruction"] == "ARG")
    bases = [one["value"].split()[0] for stage in stages.values() for one in stage if one["instruction"] == "FROM"]
    assert len(bases) == 5
    assert all(PINNED.fullmatch(base.replace("${PYTHON}", python)) for base in bases)


def test_what_images_copy_is_there_and_passes_dockerignore(stages: dict[str, list[dict[str, Any]]]) -> None:
    passed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for stage in stages.values():
        for one in stage:
            if one["instruction"] == "COPY" and not one["value"].startswith("--from"):
                for source in one["value"].split()[:-1]:
                    assert (ROOT / source).exists(), source
                    assert any(source == p or fnmatch(source, f"{p}/*") for p in passed), source


def test_only_the_proxy_is_open_to_others() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(ports) == {"caddy", "scrapydweb", "prometheus", "grafana"}
    others = [port for name, list_ in ports.items() if name != "caddy" for port in list_]
    assert all(port.startswith("127.0.0.1:") for port in others)
    assert COMPOSE["networks"]["back"]["internal"]
    assert SERVICES["db"]["networks"] == SERVICES["redis"]["networks"] == ["back"]
    assert COMPOSE["networks"]["browser"]["internal"], "what Chromium renders reaches nobody"
    assert set(SERVICES["chrome"]["networks"]) == {"browser"}


def test_health_checks_wait_for_each_other() -> None:
    """Until the proxy: nothing is started on what is not ready; no service waits for itself."""
    waits = {name: service.get("depends_on", {}) for name, service in SERVICES.items()}
    for name, awaited in waits.items():
        for other, how in awaited.items():
            expected = "service_completed_successfully" if other == "migrate" else "service_healthy"
            assert how["condition"] == expected, (name, other)

    def reached(name: str, path: tuple[str, ...] = ()) -> set[str]:
        assert name not in path
        return {name}.union(*(reached(other, (*path, name)) for other in waits[name]))

    assert reached("caddy") >= {"db", "redis", "migrate", "scrapyd", "watchtower"}
    assert reached("harvester") >= {"db", "redis", "migrate", "chrome"}
    assert [name for name in NAMES if not waits[name]] == ["chrome", "db", "redis"]


def test_settings_are_those_of_the_code() -> None:
    for name in OURS | {"migrate"}:
        assert {variable.lower() for variable in SERVICES[name]["environment"]} <= set(Config.model_fields)
        assert SERVICES[name]["env_file"] == ["../.env"]


def test_secrets_are_files_that_the_script_makes(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts/secrets.sh"
    script.write_text((ROOT / "scripts/secrets.sh").read_text())

    def made() -> dict[str, str]:
        subprocess.run(["bash", script], check=True, capture_output=True)
        return {file.name: file.read_text() for file in (tmp_path / "deploy/secrets").iterdir()}

    first = made()
    assert made() == first, "a second run changes nothing"
    assert {Path(one["file"]).name for one in COMPOSE["secrets"].values()} == set(first)
    assert all(name == Path(one["file"]).name for name, one in COMPOSE["secrets"].items())
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert used == set(COMPOSE["secrets"])
    assert len({first[name] for name in first if name.endswith(("_password", "_key"))}) == 6
    assert all(len(first[name]) == 64 for name in first if name.endswith(("_password", "_key")))
    assert first["database_password"] in first["database_url"]
    assert (tmp_path / "deploy/secrets").stat().st_mode & 0o777 == 0o700
    assert not re.search(r"(?i)password[:=]\s*\w", (ROOT / "deploy/docker-compose.yml").read_text())


def test_schedules_run_where_scripts_and_dumps_are(tmp_path: Path, stages: dict[str, list[dict[str, Any]]]) -> None:
    """The crontab's lines, with the one of docs/deployment.md, as cron gives them to its shell."""
    guide, crontab = ((ROOT / name).read_text() for name in ("docs/deployment.md", "deploy/crontab"))
    [told] = re.findall(r'^    IMMOBE="(docker .*)"$', guide, re.MULTILINE)
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    docker.chmod(0o755)
    [line] = re.findall(r"^[\d*/ ,]+ (\$IMMOBE.* backup-daily)$", crontab, re.MULTILINE)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "IMMOBE": told}
    run = subprocess.run(["/bin/bash", "-c", line], env=environment, check=True, capture_output=True, text=True)
    *options, name, script, job = run.stdout.split()
    assert options[-2:] == ["exec", "-T"]
    assert (script, job) == ("./scripts/schedule.sh", "backup-daily")
    service = SERVICES[name]
    stage = stages[service["build"]["target"]]
    assert "scripts scripts" in [one["value"] for one in stage if one["instruction"] == "COPY"]
    mounted = {volume.split(":")[1]: volume.split(":")[0] for volume in service["volumes"]}
    folders = [service["environment"][variable] for variable in ("BACKUP_DIR", "IMMOBE_DATA_DIR")]
    assert [mounted[folder] for folder in folders] == ["backup_data", "app_data"], "other volumes; both outlive it"
    [made] = [one["value"] for one in stage if one["instruction"] == "RUN"]
    assert set(folders) <= set(made.split()), "an empty volume takes its owner from the image's folder"


def test_what_is_mounted_and_shared_is_declared() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if not source.startswith("./"):
                assert source in COMPOSE["volumes"]
        assert set(service["networks"]) <= set(COMPOSE["networks"])
    mounted = [v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", ()) if v.startswith("./")]
    assert [name for name in mounted if not (ROOT / "deploy" / name).exists()] == []
