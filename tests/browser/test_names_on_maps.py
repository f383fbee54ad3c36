"""The base map and its names in Chromium: drawn from the disk, the capital always named, no name over another."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from playwright.sync_api import Page, expect

from commune_coverage.site.build import write_site
from commune_coverage.site.geometry.base_map import BaseMap
from commune_coverage.site.pages.page import SiteExtras
from tests.browser.conftest import DESK, PHONE, Open
from tests.site.invented import beside_of, commune_grid, make_report, tower_source

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
LANDSCAPE = (844, 390)
CAPITAL_ROW, CAPITAL = 17, {"en": "Commune 17", "km": "ឃុំ១៧"}
BOXES = """() => [...document.querySelectorAll(".place-label span")].map(node => {
  const { left, right, top, bottom } = node.getBoundingClientRect();
  return { said: node.textContent, left, right, top, bottom }; })"""
INKED = """() => [...document.querySelectorAll(".leaflet-base-pane canvas")].some((canvas) =>
  canvas.toDataURL() !==
  Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height }).toDataURL())"""


@pytest.fixture(scope="module")
def based(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a road across the country, a lake, and the capital, a seat and a town among its communes."""
    folder, table = tmp_path_factory.mktemp("based"), commune_grid()
    road = shapely.LineString([(104.0, 11.02), (104.2, 11.2), (104.5, 11.39)])
    rows = [("roads", 0, road), ("water", 0, shapely.box(104.2, 11.1, 104.3, 11.2))]
    rank = np.full(len(table), 3)
    rank[[CAPITAL_ROW, 2, 12]] = 0, 1, 2
    places = table.geometry.representative_point()
    labels = pd.DataFrame({"lon": places.x, "lat": places.y, "rank": rank})
    base = BaseMap(pd.DataFrame(rows, columns=["layer", "rank", "geometry"]), labels)
    layers = {"roads": tower_source(synthetic=True), "towers": tower_source(synthetic=False)}
    extras = beside_of(table)
    shown = SiteExtras(extras.updates, extras.points, extras.pictures, base=base)
    write_site(table, make_report(layers=layers, synthetic_layers=["roads"]), folder, shown)
    return folder


def names(page: Page) -> list[dict]:
    page.locator(".place-label span").first.wait_for()
    page.wait_for_timeout(150)
    return page.evaluate(BOXES)


def assert_apart(boxes: list[dict]) -> None:
    for one, other in combinations(boxes, 2):
        apart = one["right"] <= other["left"] or other["right"] <= one["left"]
        assert apart or one["bottom"] <= other["top"] + 4 or other["bottom"] <= one["top"] + 4, (one, other)


@pytest.mark.parametrize("language", ["en", "km"])
@pytest.mark.parametrize("size", [DESK, PHONE, LANDSCAPE])
def test_the_capital_is_named_and_no_name_lies_over_another(
    open_page: Open, based: Path, language: str, size: tuple[int, int]
) -> None:
    page = open_page(f"internet.html#lang={language}", size, folder=based)
    page.wait_for_function(INKED)
    shown = names(page)
    assert CAPITAL[language] in [each["said"] for each in shown]
    assert_apart(shown)
    page.evaluate("coverage.map.map.setView([11.35, 104.25], coverage.map.map.getZoom() + 1.6, { animate: false })")
    nearer = names(page)
    assert CAPITAL[language] in [each["said"] for each in nearer]
    assert len(nearer) > (1 if size == DESK else 0)
    assert_apart(nearer)


def test_nearer_tiles_take_the_place_of_the_whole(open_page: Open, based: Path) -> None:
    page = open_page("delivery.html#lang=en", folder=based)
    page.wait_for_function(INKED)
    page.evaluate("coverage.map.map.setView([11.2, 104.2], coverage.map.map.getZoom() + 3, { animate: false })")
    page.wait_for_function('document.querySelector(\'script[src*="data/base/"][src*="_"]\') !== null')
    page.wait_for_function(INKED)


def test_the_legend_names_the_layers_and_what_is_synthetic(open_page: Open, based: Path) -> None:
    page = open_page("sites.html#lang=en", folder=based)
    told = page.locator(".base-map")
    expect(told).to_have_text("Base map: roads, water; synthetic, not observed: roads")
    page.get_by_role("button", name="ខ្មែរ").click()
    expect(told).to_contain_text("ផែនទីគោល៖")
    page.goto(page.url.replace("sites.html", "compare.html"))
    expect(page.locator(".base-map")).to_have_count(1)
