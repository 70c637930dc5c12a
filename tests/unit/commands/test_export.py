"""Wrong filters are refused before any service is asked."""

import re
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from immobe.commands.export import export

app = typer.Typer()
app.command()(export)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "xml"], "not one of 'csv', 'jsonl'"),
        (["--platform", "imoweb"], "'imoweb' is not a platform; there are:"),
        (["--transaction", "buy"], "not one of 'sale', 'rent'"),
        (["--type", "castle"], "not one of 'house'"),
        (["--postal-code", "90000"], "'90000' is not a Belgian postal code"),
        (["--postal-code", "0900"], "'0900' is not a Belgian postal code"),
        (["--province", "gent"], "'gent' is not a province; there are: antwerp"),
        (["--min-price", "cheap"], "'cheap' is not a number"),
        (["--max-price", "-1"], "-1 is not a number from 0 up"),
        (["--max-price", "NaN"], "NaN is not a number from 0 up"),
        (["--min-price", "2", "--max-price", "1"], "2 is above --max-price 1"),
        (["--min-area", "2", "--max-area", "1"], "2 is above --max-area 1"),
        (["--epc", "H"], "not one of 'A++'"),
        (["--stage", "done"], "not one of 'discovered'"),
        (["--since", "01/02/2026"], "does not match the formats"),
        (["--limit", "-1"], "--limit"),
    ],
)
def test_a_wrong_filter_is_explained(arguments: list[str], told: str) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert told in re.sub(r"[\s│]+", " ", done.stderr)


def test_help_does_not_load_the_database_driver() -> None:
    script = "import sys, immobe.commands.export, immobe.commands.database; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
