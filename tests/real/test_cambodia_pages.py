"""Cambodia's pages in a browser, and its boundaries as they are drawn."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from commune_coverage.site.geometry import generalise as shapes
from tests.browser.conftest import DESK, PHONE, browser, offline_pages
from tests.browser.journey import Planner, travel
from tests.real.test_cambodia import cambodia
from tests.site.test_shapes import neighbours

__all__ = ["browser", "cambodia"]

PHNOM_PENH = "province:12"
pytestmark = pytest.mark.long


def test_drawn_boundaries_are_valid_coverages_with_the_same_neighbours(cambodia) -> None:
    table = gpd.read_parquet(cambodia / "data/latest/commune_gaps.parquet")
    levels = shapes.simplify_boundaries(table)
    original = neighbours(shapes.as_coverage(np.array(table.geometry.array, dtype=object)))
    assert len(original) > 4000
    for level in levels:
        assert shapely.coverage_is_valid(level.shapes)
        assert neighbours(level.shapes) == original


@pytest.mark.browser
@pytest.mark.parametrize(("language", "typed"), [("km", "ភ្នំពេញ"), ("en", "Phnom Penh")])
@pytest.mark.parametrize(("size", "hand"), [(DESK, "mouse"), (DESK, "keyboard"), (PHONE, "touch")])
def test_a_planner_finds_her_way(cambodia, browser, size, hand, language, typed) -> None:
    troubles: list[str] = []
    with offline_pages(browser, troubles) as make:
        travel(Planner(cambodia / "maps/latest", make, size, language, hand, typed, PHNOM_PENH))
    assert troubles == []
