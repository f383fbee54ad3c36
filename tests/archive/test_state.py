"""Nothing lies in a data folder that no module of the program answers for."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from commune_coverage.api import run as run_pipeline
from commune_coverage.archive.backup import back_up
from commune_coverage.config.quality import Alerts
from commune_coverage.monitoring.alerts import alert
from commune_coverage.monitoring.health import health
from commune_coverage.publish.publication import roll_back
from commune_coverage.quality.approve import approve_version
from tests import tiny
from tests.state import KINDS, not_declared

MORE = """
    [[obligations]]
    id = "licence"
    title = "Licence"
    source = "a law"
    operator = "One"
    technology = "4g"
    by = 2027-12-31
    share = 0.5
    [layers.challenges]
    path = "challenges.csv"
"""
CHALLENGE = (
    "commune_code,figure,claimed_share,claim,claimed_by,claimed_on,decision\n"
    "010101,internet_gap_share,0.5,no,a,2026-02-01,open\n"
)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Versions were held and approved, runs published and gone back from, alerts sent and a backup made."""
    folder = tmp_path_factory.mktemp("busy")
    country = tiny.write_with_roads(folder / "in")
    (folder / "in/challenges.csv").write_text(CHALLENGE)
    tiny.say(country, MORE)
    data, maps = folder / "data", folder / "maps"

    def update(day: int) -> None:
        run_pipeline(country, data, maps, date(2026, 3, day), "serial", lambda *_: None)

    update(1)
    towers = pd.read_csv(folder / "in/towers.csv")
    pd.concat([towers] * 20).assign(cell=range(60)).to_csv(folder / "in/towers.csv", index=False)
    update(2)
    approve_version(data, "towers", "a new register", None)
    update(3)
    roll_back("to see", data, maps)
    back_up(data, maps, folder / "kept.tar")
    alert(health(data, maps, Alerts(), datetime(2030, 1, 1, tzinfo=UTC)), data, Alerts(), "tiny")
    return folder


def test_every_file_is_declared_and_says_its_format_or_has_a_digest(busy: Path) -> None:
    assert not_declared(busy / "data", busy / "maps") == []
    absent = {kind.places[0] for kind in KINDS if not any(kind.paths(busy / "data", busy / "maps"))}
    others = ("data/plans/", "data/sources/", "data/postgis.json", "data/runs/.work-")
    assert [place for place in absent if not place.startswith(others)] == []


def test_a_file_that_nobody_declares_is_found(busy: Path) -> None:
    strange = [
        busy / name
        for name in (
            "data/state.json", "data/history/KHM/more.jsonl", "data/inputs/KHM/towers.txt",
            "data/cache/KHM/x", "maps/publications/000001/note.json",
        )
    ]  # fmt: skip
    for path in strange:
        path.write_text("{}")
    found = not_declared(busy / "data", busy / "maps")
    for path in strange:
        path.unlink()
    assert found == sorted(path.relative_to(busy).as_posix() for path in strange)
