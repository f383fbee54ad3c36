"""Maps of a country on both sides of 180 degrees open on it in one piece."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from commune_coverage.site.build import write_site
from tests.browser.conftest import DESK, PHONE, Open
from tests.site.invented import commune_grid, make_report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def across(tmp_path: Path) -> Path:
    """The invented grid moved so that 180 degrees leads through it, cut there as files are."""
    table = commune_grid()
    west, _, east, _ = shapely.total_bounds(table.geometry.to_numpy())
    by = 180.0 - (west + east) / 2
    table = table[~table.geometry.isna()].reset_index(drop=True)
    shapes = shapely.transform(table.geometry.to_numpy(), lambda at: np.add(at, [by, 0.0]))
    halves = (shapely.box(0, -90, 180, 90), shapely.box(180, -90, 360, 90))
    cut = [[part for half in halves for part in shapely.get_parts(shape & half) if part.area > 0] for shape in shapes]
    back = [
        shapely.MultiPolygon(
            [shapely.transform(p, lambda at: np.subtract(at, [360.0, 0.0])) if p.bounds[2] > 180 else p for p in parts]
        )
        for parts in cut
    ]
    moved = gpd.GeoDataFrame(pd.DataFrame(table.drop(columns="geometry")), geometry=back, crs=table.crs)
    write_site(moved, make_report(), tmp_path)
    return tmp_path


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_map_opens_on_the_country(open_page: Open, across: Path, size: tuple[int, int]) -> None:
    page = open_page("internet.html#lang=en", size, across)
    page.wait_for_function("coverage.map && coverage.map.drawn.all().isValid()")
    bounds = page.evaluate("(() => { const b = coverage.map.map.getBounds(); return [b.getWest(), b.getEast()]; })()")
    assert any(bounds[0] < edge < bounds[1] for edge in (-180, 180))
    assert bounds[1] - bounds[0] < 20


def test_an_address_leads_to_either_side(open_page: Open, across: Path) -> None:
    for lon in (179.99, -179.99):
        page = open_page(f"internet.html#lang=en&at=11.5,{lon},9", folder=across)
        page.wait_for_function("coverage.map && coverage.map.drawn.all().isValid()")
        assert abs(abs(page.evaluate("coverage.map.map.getCenter().lng")) - 180) < 0.5
        assert page.evaluate("coverage.map.map.getBounds().intersects(coverage.map.drawn.all())")
