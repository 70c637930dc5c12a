"""The place for deliberate faults: refused, slow, cut or dirty answers. None is known yet."""

from __future__ import annotations

from immobe.errors import ConfigError


def parse_faults(spec: str) -> tuple[str, ...]:
    """From the text of `--faults` to the faults to play. Raises ConfigError for anything but an empty text."""
    if spec.strip():
        raise ConfigError(f"--faults is wrong: no faults are known yet; got {spec!r}. Leave it empty.")
    return ()
