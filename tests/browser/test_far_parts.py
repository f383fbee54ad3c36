"""Pages and briefs of countries with parts far out at sea and on both sides of 180 degrees."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from commune_coverage.publish.briefs import write_shown
from tests.browser.conftest import DESK, PAGES, SETTLE_MS, Open, troubles_of_every_page
from tests.invented_parts import COUNTRIES, run, write_country

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MAPS = [page for page in PAGES if page in ("internet", "delivery", "payment", "priority", "confidence", "changes")]
WIDEST_DEG = {"far_islands": 90.0, "across_180": 140.0}
SEARCHED = {"far_islands": ("Wood Island", -16.9), "across_180": ("East Tundra", -174.0)}
"""A commune, and the longitude of its middle."""
TRIES, NEAR_DEG = 50, 6.0
Country = tuple[str, Path]


@pytest.fixture(scope="module", params=["far_islands", pytest.param("across_180", marks=pytest.mark.long)])
def country(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Country:
    """The name of a country and the folder of its run."""
    folder = tmp_path_factory.mktemp(request.param)
    run(write_country(folder / "in", COUNTRIES[request.param]), folder)
    return request.param, folder


def test_every_page_opens_without_an_error(country: Country, browser: Browser) -> None:
    name, folder = country
    assert troubles_of_every_page(folder / "maps/latest", browser, "en", DESK, len(COUNTRIES[name])) == []


@pytest.mark.parametrize("page", MAPS)
def test_the_first_view_lies_on_the_country(country: Country, open_page: Open, page: str) -> None:
    name, folder = country
    opened = open_page(f"{page}.html#lang=en", folder=folder / "maps/latest")
    opened.wait_for_function("coverage.map && coverage.map.drawn.all().isValid()")
    west, east = opened.evaluate("(b => [b.getWest(), b.getEast()])(coverage.map.map.getBounds())")
    assert east - west < WIDEST_DEG[name]
    assert opened.evaluate("coverage.map.map.getBounds().contains(coverage.map.drawn.all())")


def test_the_search_leads_to_a_commune_of_another_part(country: Country, open_page: Open) -> None:
    name, folder = country
    commune, lon = SEARCHED[name]
    page = open_page("delivery.html#lang=en", folder=folder / "maps/latest")
    page.wait_for_function("coverage.map && coverage.map.drawn.all().isValid()")
    page.wait_for_timeout(SETTLE_MS)
    page.locator("#search").fill(commune)
    page.locator("#search-results [role=option]").first.click()
    away_deg = f"Math.abs(((coverage.map.map.getCenter().lng - {lon} + 540) % 360 + 360) % 360 - 180)"
    for _ in range(TRIES):
        if page.evaluate(away_deg) < NEAR_DEG:
            break
        page.wait_for_timeout(SETTLE_MS)
    assert page.evaluate(away_deg) < NEAR_DEG
    assert page.evaluate("coverage.map.map.getBounds().intersects(coverage.map.drawn.all())")


def test_briefs_are_written(country: Country, tmp_path: Path) -> None:
    name, folder = country
    count = write_shown(folder / "data", tmp_path / "briefs", [], [], lambda *_: None)
    files = list((tmp_path / "briefs").rglob("*.pdf"))
    assert count == len(files) == len(COUNTRIES[name])
    assert all(file.read_bytes().startswith(b"%PDF") for file in files)
