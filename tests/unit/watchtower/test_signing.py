"""The secret of an installation without one, and what it signs."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from itsdangerous import BadSignature

from immobe.config import load_config
from immobe.watchtower.security.passwords import hashed, matches, weakness
from immobe.watchtower.security.signing import Signatures, secret_key


def test_processes_that_start_together_agree_on_a_secret(tmp_path: Path) -> None:
    config = load_config(None, immobe_data_dir=tmp_path / "data")
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(lambda _: secret_key(config), range(32)))
    assert len(secrets) == 1
    [file] = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(secrets.pop()) == 64
    assert secret_key(load_config(None, watchtower_secret_key="given")) == "given"


def test_another_secret_or_purpose_is_no_signature() -> None:
    ours, others = Signatures("a" * 32), Signatures("b" * 32)
    with pytest.raises(BadSignature):
        ours.sessions.loads(others.sessions.dumps([1, 1]))
    token = ours.csrf_token("cookie")
    assert ours.is_csrf_token(token, "cookie")
    assert not ours.is_csrf_token(token, "another cookie")
    assert not others.is_csrf_token(token, "cookie")
    with pytest.raises(BadSignature):
        ours.sessions.loads(f"cookie.{token}")


def test_passwords() -> None:
    kept = hashed("a long enough password")
    assert kept.startswith("$argon2id$")
    assert matches("a long enough password", kept)
    assert not matches("another", kept)
    assert not matches("a long enough password", None)
    assert not matches("a long enough password", "no hash")
    assert weakness("aaaaaaaaaaaaaaaa", "ada")
    assert weakness("ada lovelace 1815", "Ada Lovelace 1815")
    assert weakness("x" * 2000, "ada")
