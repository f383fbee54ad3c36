"""Cambodia's pages in a browser, and its boundaries as they are drawn."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import expect

from coverage.maps import shapes
from tests.browser.conftest import DESK, PHONE, browser, offline_pages
from tests.maps.test_shapes import neighbours
from tests.real.test_cambodia import cambodia

__all__ = ["browser", "cambodia"]

PHNOM_PENH = "province:12"
pytestmark = pytest.mark.long


def test_drawn_boundaries_are_valid_coverages_with_the_same_neighbours(cambodia) -> None:
    table = gpd.read_parquet(cambodia / "data/latest/commune_gaps.parquet")
    levels = shapes.drawn_shapes(table)
    original = neighbours(shapes.as_coverage(np.array(table.geometry.array, dtype=object)))
    assert len(original) > 4000
    for level in levels:
        assert shapely.coverage_is_valid(level.shapes)
        assert neighbours(level.shapes) == original


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(("language", "typed"), [("km", "ភ្នំពេញ"), ("en", "Phnom Penh")])
def test_a_planner_finds_her_way(cambodia, browser, size, language, typed) -> None:
    site, troubles = (cambodia / "maps/latest").resolve(), []
    with offline_pages(browser, troubles) as make:
        page = make(f"{site.as_uri()}/internet.html#lang={language}", size)
        page.locator("#search").fill(typed)
        page.locator("#search-results [role=option]").first.click()
        assert page.evaluate("coverage.address.state().place") == PHNOM_PENH
        page.locator("#ranking button.name").first.click()
        expect(page.locator("#chosen h2")).to_be_visible()
        code = page.evaluate("coverage.address.state().commune")
        page.locator("#layer-choices label").nth(2).click()
        assert "layer=covered_4g_share" in page.url
        page.locator("#chosen a.button").click()
        expect(page.locator(".card")).to_have_count(3)
        shared = page.url
        assert f"commune.html#{code}" in shared
        other = make(shared, size)
        expect(other.locator("#commune h2")).to_have_text(page.locator("#commune h2").inner_text())
        page.goto(f"{site.as_uri()}/compare.html#lang={language}&commune={code}&right=payment_gap_share")
        expect(page.locator("#chosen .both p")).to_have_count(2)
        page.goto(f"{site.as_uri()}/internet.html#lang={language}&commune={code}")
        with page.expect_download() as download:
            page.locator("button.csv").click()
        assert download.value.suggested_filename.endswith(".csv")
        assert page.pdf(format="A3").startswith(b"%PDF")
    assert troubles == []
