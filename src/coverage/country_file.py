"""COUNTRY.toml read and validated."""

from __future__ import annotations

from pathlib import Path

from coverage.country import Country
from coverage.declared_file import read_declared
from coverage.errors import CountryFileError

_PATHS = ("path", "radios", "catalogue", "spec", "dsn_file", "webhook_file", "smtp_password_file")


def load_country(path: Path) -> Country:
    """Read COUNTRY.toml; relative paths in it are relative to the file.

    Raises MissingFileError, or CountryFileError that lists every problem.
    """
    return read_declared(Path(path), Country, _PATHS, "examples/country.toml", CountryFileError)
