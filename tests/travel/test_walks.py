"""Straight walks over ground of 100 m cells, by hand: how much of each is in water, and how steep it is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from commune_coverage.travel.off_road import Ground, walks_between

# Three rows from north to south, four columns from west to east; the corner is at 1,000 m east and 2,300 m north.
HIGH = np.array([[0, 0, 0, 0], [0, 0, 0, 0], [50, 50, 50, 50]], dtype=np.float32)
WATER = np.array([[0, 0, 0, 1], [0, 1, 1, 0], [0, 0, 0, 0]], dtype=bool)
FLOODED = np.array([[1, 1, 1, 1], [0, 1, 0, 0], [0, 0, 0, 0]], dtype=bool)
GROUND = Ground(HIGH, WATER, FLOODED, 1000.0, 2300.0, 100.0)


def _walk(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, ...]:
    (there,), (back,) = (
        np.column_stack(walks_between(np.array([a]), np.array([b]), GROUND)) for a, b in ((start, end), (end, start))
    )
    assert there.tolist() == pytest.approx(back.tolist())
    return tuple(round(float(value), 6) for value in there)


@pytest.mark.parametrize(
    ("start", "end", "length_m", "flooded_m", "water_m"),
    [
        # Through the middles of the four cells of a row; the ends stand for half a step each.
        ((1050, 2250), (1350, 2250), 300, 250, 50),
        ((1050, 2150), (1350, 2150), 300, 0, 200),
        # From north to south through the first, second and third column.
        ((1050, 2250), (1050, 2050), 200, 50, 0),
        ((1150, 2250), (1150, 2050), 200, 50, 100),
        ((1150, 2150), (1150, 2150), 0, 0, 0),
    ],
)
def test_each_sample_stands_for_half_the_steps_on_both_sides(
    start: tuple[float, float], end: tuple[float, float], length_m: float, flooded_m: float, water_m: float
) -> None:
    length, _, flooded, water = _walk(start, end)
    assert (length, flooded, water) == (length_m, flooded_m, water_m)


def test_level_ground_takes_its_length_and_a_slope_of_a_half_toblers_exponential() -> None:
    assert _walk((1050, 2250), (1050, 2150))[1] == 100
    assert _walk((1050, 2150), (1050, 2050))[1] == pytest.approx(100 * math.exp(3.5 * 0.5), rel=1e-6)
    # Beyond the grid it is as high as its edge.
    assert _walk((1050, 2050), (1050, 1850))[1] == 200


def test_no_slope_takes_more_than_ten_times_its_length() -> None:
    steep = GROUND._replace(height_m=HIGH * 10)
    walks = walks_between(np.array([[1050.0, 2150]]), np.array([[1050.0, 2050]]), steep)
    assert walks.effort_m.tolist() == [1000]
