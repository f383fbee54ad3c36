"""A run writes its tables into PostGIS where the country file says so, and ends well when the database is away."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.config.country import Postgis
from commune_coverage.config.quality import Alerts
from commune_coverage.core.state.declared import POSTGIS
from commune_coverage.monitoring.health import health
from commune_coverage.pipeline.run import Published
from tests import tiny

pytestmark = pytest.mark.xdist_group("postgis")


def test_each_run_is_written_and_a_database_that_is_away_is_said(server, section: Postgis, tmp_path: Path) -> None:
    country, data, maps = tiny.write_with_roads(tmp_path / "in"), tmp_path / "data", tmp_path / "maps"
    tiny.say(country, f'[postgis]\nevery_run = true\ndsn_file = "{section.dsn_file}"')

    def run_date(day: int) -> Published:
        return run_pipeline(country, data, maps, date(2026, 3, day), "serial", lambda *_: None)

    def stored() -> list[tuple[object, ...]]:
        return server.ask("officer", "SELECT run_id FROM commune_coverage.runs_history ORDER BY run_date")

    first = run_date(1)
    assert (first.postgis_problem, stored()) == ("", [(first.run_id,)])
    assert section.dsn_file is not None
    right = section.dsn_file.read_text()
    section.dsn_file.write_text(right.replace(str(server.port), "1"))
    second = run_date(2)
    assert second.postgis_problem
    assert "1/gis" not in second.postgis_problem
    assert (data / "latest").resolve().name == second.run_id
    conditions = {one.name: one for one in health(data, maps, Alerts()).conditions}
    assert second.postgis_problem in conditions["postgis"].sentence
    section.dsn_file.write_text(right)
    assert run_date(2).postgis_problem == ""
    assert stored() == [(first.run_id,), (second.run_id,)]
    assert POSTGIS.read(data / "postgis.json") == {"run_id": second.run_id, "problem": ""}
