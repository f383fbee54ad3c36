"""Longitudes that go on beyond 180 degrees, and shapes that are cut there."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.core.longitudes import centre_of, centre_of_shapes, on_globe, unwrapped, unwrapped_shapes, wrapped

WEST, EAST = shapely.box(177, -19, 180, -16), shapely.box(-180, -18, -178, -16)


def test_the_centre_is_opposite_the_widest_gap() -> None:
    assert centre_of_shapes([WEST, EAST]) == pytest.approx(179.5)
    assert centre_of([172.0, -170.0, -125.0], [180.0, -130.0, -67.0]) == pytest.approx(-127.5)


def test_a_country_on_one_side_keeps_its_longitudes() -> None:
    assert centre_of([-81.0, -92.0], [-75.0, -89.0]) == 0.0
    assert centre_of([], []) == 0.0
    lon = np.array([-179.123456789, 0.1, 179.987654321])
    assert (unwrapped(lon, 0.0) == lon).all()
    assert (wrapped(lon) == lon).all()


def test_a_part_that_goes_on_beyond_180_has_its_middle_there() -> None:
    assert centre_of([179.0], [181.5]) == pytest.approx(-179.75)


@given(st.floats(-180, 180), st.floats(0.1, 170), st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_points_of_a_country_unwrap_to_its_width(west: float, width: float, along: list[float]) -> None:
    line = west + width * np.array([0.0, *along, 1.0])
    on_earth = (line + 180) % 360 - 180
    lon = unwrapped(on_earth, centre_of(on_earth, on_earth))
    assert np.ptp(lon) <= width + 1e-9
    assert (wrapped(lon) - on_earth) % 360 == pytest.approx(np.zeros(len(line)), abs=1e-9) or np.allclose(
        np.abs((wrapped(lon) - on_earth + 180) % 360 - 180), 0, atol=1e-9
    )


def test_halves_of_a_commune_become_one_and_others_keep_apart() -> None:
    both = shapely.MultiPolygon([shapely.box(179, 0, 180, 1), shapely.box(-180, 0, -179, 1)])
    one, west, east = unwrapped_shapes([both, WEST, EAST], 179.5)
    assert one.area == pytest.approx(2.0)
    assert len(shapely.get_parts(one)) == 1
    assert one.bounds == (179.0, 0.0, 181.0, 1.0)
    assert west.equals(WEST)
    assert east.bounds == (180.0, -18.0, 182.0, -16.0)


@pytest.mark.parametrize(
    "ring",
    [
        [(179, 0), (-179, 0), (-179, 1), (179, 1)],
        [(179, 0), (181, 0), (181, 1), (179, 1)],
        [(181, 0), (179, 0), (179, 1), (181, 1)],
    ],
)
def test_a_polygon_drawn_across_is_cut(ring: list[tuple[float, float]]) -> None:
    (cut,), _ = on_globe([shapely.Polygon(ring)])
    if max(lon for lon, _ in ring) > 180:
        # A degree beyond is left to what follows: such files are meant to end at 180.
        assert cut.bounds[2] <= 181
        return
    assert cut.area == pytest.approx(2.0)
    assert sorted(part.bounds[0] for part in cut.geoms) == [-180.0, 179.0]


def test_a_file_from_0_to_360_degrees_is_moved() -> None:
    (moved, other), changed = on_globe([shapely.box(190, 0, 200, 1), shapely.box(10, 0, 20, 1)])
    assert moved.bounds == (-170.0, 0.0, -160.0, 1.0)
    assert other.bounds == (10.0, 0.0, 20.0, 1.0)
    assert changed == 1


def test_a_map_of_the_world_is_no_polygon_drawn_across() -> None:
    world = shapely.Polygon([(-180, -80), (180, -80), (180, 80), (-180, 80)])
    (same,), changed = on_globe([world])
    assert same is world
    assert changed == 0
