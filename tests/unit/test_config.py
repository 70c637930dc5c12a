"""Environment and .env to Config, with clear messages."""

import re
from pathlib import Path

import pytest

from immobe.config import Config, child_environment, load_config
from immobe.errors import ConfigError

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Config.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2", "postgresql+asyncpg"])
def test_every_spelling_of_the_database_connects_with_psycopg2(scheme: str) -> None:
    config = load_config(None, database_url=f"{scheme}://me:p%40ss@db:5432/immobe")
    assert config.database_url == "postgresql+psycopg2://me:p%40ss@db:5432/immobe"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("REPLICA_URL", "")
    assert (load_config(None).database_url, load_config(None).replica_url) == (None, None)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mysql://db/x", "must start with postgresql://"),
        ("REDIS_URL", "localhost:6379", "must start with redis://"),
        ("REPLICA_URL", "127.0.0.1", "must start with http://"),
        ("DATABASE_POOL_SIZE", "many", "valid integer"),
        ("DATABASE_POOL_SIZE", "0", "greater than or equal to 1"),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("CRASH_AT", "foo", "there are after_claim, before_done"),
        ("CRASH_AT", "after_claim:0", "how often the point is passed"),
        ("CRASH_AT", "after_claim:x", "how often the point is passed"),
        ("BLOCK_FIRST_PAUSE", "0", "greater than or equal to 1"),
        ("PARSE_TIMEOUT", "0", "greater than or equal to 0.1"),
        ("GATE_SPREAD", "-1", "greater than or equal to 0"),
        ("CRAWLER_DOWNLOAD_DELAY", "-1", "greater than or equal to 0"),
    ],
)
def test_a_wrong_value_says_which_what_and_an_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as raised:
        load_config(None)
    message = str(raised.value)
    assert message.startswith(f"{name} is wrong: ")
    assert said in message
    assert re.search(rf"Example: {name}=\S", message)


def test_a_first_pause_is_no_longer_than_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCK_FIRST_PAUSE", "600")
    monkeypatch.setenv("BLOCK_LONGEST_PAUSE", "60")
    with pytest.raises(ConfigError, match="BLOCK_FIRST_PAUSE must not be longer than BLOCK_LONGEST_PAUSE"):
        load_config(None)


def test_a_crash_point_may_be_passed_some_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRASH_AT", "after_claim:3")
    assert load_config(None).crash_at == "after_claim:3"


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", "x")
    monkeypatch.setenv("LOG_LEVEL", "x")
    with pytest.raises(ConfigError, match=r"(?s)DATABASE_POOL_SIZE.*LOG_LEVEL"):
        load_config(None)


def test_a_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://me:hunter2@db/x")
    with pytest.raises(ConfigError) as raised:
        load_config(None)
    assert "hunter2" not in str(raised.value)


def test_only_the_replica_may_be_crawled_without_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THROTTLE_ENABLED", "false")
    with pytest.raises(ConfigError, match="THROTTLE_ENABLED may be false only when REPLICA_URL is set"):
        load_config(None)
    monkeypatch.setenv("REPLICA_URL", "http://127.0.0.1:8090/")
    assert load_config(None).replica_url == "http://127.0.0.1:8090"


def test_the_env_file_is_read_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = tmp_path / ".env"
    env.write_text("DATABASE_POOL_SIZE=7\nLOG_LEVEL=ERROR\n")
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    config = load_config(env)
    assert (config.database_pool_size, config.log_level) == (7, "DEBUG")


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMMOBE_SECRETS_DIR", str(tmp_path))
    (tmp_path / "redis_url").write_text("redis://:hunter2@redis:6379/0\n")
    (tmp_path / "of_another_program").write_text("x")
    return tmp_path


@pytest.mark.parametrize("empty", [True, False])
def test_what_is_not_set_is_read_from_the_folder_of_secrets(
    secrets: Path, monkeypatch: pytest.MonkeyPatch, empty: bool
) -> None:
    if empty:
        monkeypatch.setenv("REDIS_URL", "")
    assert load_config(None).redis_url == "redis://:hunter2@redis:6379/0"


def test_environment_and_env_file_win_over_secrets(
    secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = tmp_path / ".env"
    env.write_text("REDIS_URL=redis://file")
    assert load_config(env).redis_url == "redis://file"
    monkeypatch.setenv("REDIS_URL", "redis://environment")
    assert load_config(env).redis_url == "redis://environment"


def test_a_wrong_secret_is_not_shown(secrets: Path) -> None:
    (secrets / "redis_url").write_text("hunter2")
    with pytest.raises(ConfigError, match=r"REDIS_URL is wrong: .*got \(hidden\)"):
        load_config(None)


def test_a_child_in_another_folder_knows_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=ERROR\nQUIET_HOURS=23:00-06:00\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    environment = child_environment(load_config())
    assert (environment["LOG_LEVEL"], environment["QUIET_HOURS"]) == ("DEBUG", "23:00-06:00")


def test_scrapyds_url_gets_the_credentials_that_it_lacks() -> None:
    given = {"scrapyd_username": "op", "scrapyd_password": "50%/@"}
    assert load_config(None, scrapyd_url="http://s:6800/", **given).scrapyd_url == "http://op:50%25%2F%40@s:6800"
    own = load_config(None, scrapyd_url="http://me:mine@s:6800", **given)
    assert own.scrapyd_url == "http://me:mine@s:6800"


def test_the_example_file_names_every_variable_and_is_valid() -> None:
    example = ROOT / ".env.example"
    named = set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", example.read_text(), re.MULTILINE))
    assert named == {name.upper() for name in Config.model_fields}
    defaults = load_config(None).model_dump()
    assert load_config(example).model_dump() == defaults


def test_every_variable_has_an_example() -> None:
    assert all(field.examples for field in Config.model_fields.values())
