"""The pages of the invented country at national size: 1,650 communes on a raster of 100 m."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from commune_coverage.api import run as run_pipeline
from commune_coverage.publish.exports import read_csv
from commune_coverage.synthetic.invented import write_country
from tests.browser.conftest import DESK, PHONE, Rows, offline_pages, troubles_of_every_page
from tests.browser.journey import Hand, Planner, travel

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.xdist_group("browser")]
EVERY = [(language, size) for language in ("en", "km") for size in (DESK, PHONE)]


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Path:
    """Data and maps of a run."""
    folder = tmp_path_factory.mktemp("national")
    country = write_country(folder / "raw", "national", 7)
    run_pipeline(country, folder / "data", folder / "maps", date(2026, 1, 31), "processes", lambda *_: None)
    return folder


@pytest.fixture(scope="module")
def rows(national: Path) -> Rows:
    return {row["commune_code"]: row for row in read_csv(national / "data/latest/commune_gaps.csv")}


@pytest.mark.parametrize(("language", "size"), EVERY)
def test_every_page_opens_offline_without_error_or_request(
    national: Path, browser: Browser, language: str, size: tuple[int, int]
) -> None:
    assert troubles_of_every_page(national / "maps/latest", browser, language, size, communes=1650) == []


@pytest.mark.parametrize("language", ["en", "km"])
@pytest.mark.parametrize(("size", "hand"), [(DESK, "mouse"), (DESK, "keyboard"), (PHONE, "touch")])
def test_a_planner_finds_her_way(
    national: Path, browser: Browser, language: str, size: tuple[int, int], hand: Hand, rows: Rows
) -> None:
    troubles: list[str] = []
    row = next(iter(rows.values()))
    typed = {"en": row["province_name"].upper(), "km": row["province_name_km"]}[language]
    with offline_pages(browser, troubles) as make:
        site, place = national / "maps/latest", f"province:{row['province_code']}"
        travel(Planner(site, make, size, language, hand, typed, place))
    assert troubles == []
