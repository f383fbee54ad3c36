"""Fixed lines by squares against the distance of every place."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from commune_coverage.config.thresholds import FixedBand
from commune_coverage.radio.fixed_broadband import fixed_speed_mbps, within_m

LIMITS = [400.0, 2_500.0, 10_000.0]


@pytest.mark.parametrize("seed", range(4))
def test_near_is_what_the_distance_of_each_place_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x_m, y_m = np.concatenate([rng.normal(middle, 900, (500, 2)) for middle in rng.uniform(0, 40_000, (8, 2))]).T
    fibre = np.array([shapely.LineString(rng.uniform(0, 40_000, (3, 2))), shapely.Point(rng.uniform(0, 40_000, 2))])
    away = np.min([shapely.distance(one, shapely.points(x_m, y_m)) for one in fibre], axis=0)
    found = within_m(x_m, y_m, fibre, LIMITS)
    for row, limit in enumerate(LIMITS):
        assert found[row].tolist() == (away <= limit).tolist()
    assert 0 < found.sum() < found.size
    bands = [FixedBand(within_km=0.4, speed_mbps=100), FixedBand(within_km=2.5, speed_mbps=30)]
    wanted = np.where(away <= 400, 100.0, np.where(away <= 2_500, 30.0, 0.0))
    assert fixed_speed_mbps(x_m, y_m, fibre, bands).tolist() == wanted.tolist()


def test_without_fibre_or_bands_nobody_is_near() -> None:
    x_m, none = np.array([1.0, 2.0]), np.array([], dtype=object)
    assert not within_m(x_m, x_m, none, LIMITS).any()
    assert fixed_speed_mbps(x_m, x_m, none, []).tolist() == [0, 0]
