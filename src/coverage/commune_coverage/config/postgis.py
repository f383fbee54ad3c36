"""The [postgis] section: the schema and the readers' role of a PostGIS database, and where its address is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from commune_coverage.config.thresholds import Strict

Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)]
POSTGIS_RECORD = "postgis.json"
"""In the data folder: what became of the last night's tables."""
_TAKEN = ("public", "information_schema")


class Postgis(Strict):
    """Where the current tables and their history are written, by command, or by every night that is shown too.

    The database's address, with its password, is the only line of ``dsn_file``, or else the value of the environment
    variable ``dsn_variable``; the country file never holds it.
    """

    every_night: bool = False
    schema_name: Name = "commune_coverage"
    role_name: Name = "commune_coverage_reader"
    dsn_file: Path | None = None
    dsn_variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "COMMUNE_COVERAGE_POSTGIS"

    @field_validator("schema_name", "role_name")
    @classmethod
    def _own(cls, name: str) -> str:
        if name in _TAKEN or name.startswith("pg_"):
            raise ValueError(f"'{name}' belongs to the server or to everybody; name one of its own")
        return name
