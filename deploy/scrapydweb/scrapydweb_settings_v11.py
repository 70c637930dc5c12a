"""Settings of scrapydweb 1.6, which looks for a file of this name in its working folder. It knows nothing of our code.

The environment says where: DASHBOARD_DIR, SCRAPYD_URL, SCRAPYD_USERNAME, SCRAPYD_PASSWORD (or a file of that name in
IMMOBE_SECRETS_DIR), SCRAPYD_LOGS_DIR, DASHBOARD_HOST, DASHBOARD_PORT.
"""

import logging
import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

_folder = Path(os.environ["DASHBOARD_DIR"])
_secrets_dir = Path(os.environ.get("IMMOBE_SECRETS_DIR") or "/run/secrets")


def _own_secret(name):
    """Made at the first start, readable by its owner alone; a file of IMMOBE_SECRETS_DIR wins."""
    given, path = _secrets_dir / f"dashboard_{name}", _folder / name
    if given.is_file():
        return given.read_text().strip()
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32))
    return path.read_text().strip()


def _scrapyd_password():
    path = _secrets_dir / "scrapyd_password"
    return os.environ.get("SCRAPYD_PASSWORD") or (path.read_text().strip() if path.is_file() else "")


# It is meant for loopback and a private network: whoever signs in can start crawls, and its Flask is old.
SCRAPYDWEB_BIND = os.environ.get("DASHBOARD_HOST") or "127.0.0.1"
SCRAPYDWEB_PORT = int(os.environ.get("DASHBOARD_PORT") or 5000)
ENABLE_AUTH = True
USERNAME = "immobe"
PASSWORD = _own_secret("password")
SECRET_KEY = _own_secret("secret_key")
DATA_PATH = str(_folder / "data")

_scrapyd = urlsplit(os.environ.get("SCRAPYD_URL") or "http://127.0.0.1:6800")
SCRAPYD_SERVERS = [
    (
        unquote(_scrapyd.username or os.environ.get("SCRAPYD_USERNAME", "")),
        unquote(_scrapyd.password or "") or _scrapyd_password(),
        _scrapyd.hostname,
        str(_scrapyd.port or 6800),
        "immobe",
    )
]

# logparser reads the logs where they lie; without it whole logs would be sent through HTTP and kept in memory.
LOCAL_SCRAPYD_LOGS_DIR = os.environ.get("SCRAPYD_LOGS_DIR", "")
LOCAL_SCRAPYD_SERVER = f"{_scrapyd.hostname}:{_scrapyd.port or 6800}"
ENABLE_LOGPARSER = bool(LOCAL_SCRAPYD_LOGS_DIR)
SHOW_SCRAPYD_ITEMS = False
JOBS_FINISHED_JOBS_LIMIT = 200

# The dashboard starts without Scrapyd, too, and shows that it is away.
CHECK_SCRAPYD_SERVERS = False
# It would log both passwords.
logging.getLogger("scrapydweb.utils.check_app_config").setLevel(logging.WARNING)
