"""Land too wide for one projection: distances corrected by the local scale, against geodesics of the WGS 84."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from commune_coverage.config.travel import Travel
from commune_coverage.core.metric_system import MetricSystem, measured_system, system_of, whole_system
from commune_coverage.core.projections import LIMIT
from commune_coverage.core.scale import UNSCALED
from commune_coverage.travel.graph.edge_times import Roads, step_minutes
from commune_coverage.travel.graph.speeds import line_speeds
from commune_coverage.travel.graph.vertices import make_vertices
from commune_coverage.travel.off_road import dry_level_ground, no_walks, walks_between
from commune_coverage.travel.routing.models import EuclideanModel, FrictionModel
from commune_coverage.travel.routing.snapping import Nodes, direct_walks
from commune_coverage.travel.scenarios import Scenario

EARTH = Geod(ellps="WGS84")
CONTIGUOUS = [
    (-124.0, 32.0, -114.0, 49.0), (-114.0, 31.5, -95.0, 49.0), (-95.0, 29.5, -81.0, 46.5), (-81.0, 25.2, -80.0, 45.0),
    (-80.0, 36.0, -67.0, 47.0),
]  # fmt: skip
ALASKA = [
    (-168.0, 55.0, -141.0, 71.0), (-141.0, 55.0, -130.0, 60.0), (172.4, 51.7, 180.0, 53.0), (-180.0, 51.3, -168.0, 54.0)
]  # fmt: skip
RUSSIA = [
    (28.0, 50.0, 60.0, 69.0), (60.0, 50.0, 140.0, 73.0), (130.0, 43.0, 135.0, 50.0), (140.0, 60.0, 180.0, 70.0),
    (-180.0, 62.0, -170.0, 68.0), (19.6, 54.3, 22.8, 55.2),
]  # fmt: skip
FRANCE = [
    (-4.7, 42.4, 8.2, 51.0), (8.5, 41.4, 9.5, 43.0), (-61.8, 15.8, -61.0, 16.5), (-61.2, 14.4, -60.8, 14.9),
    (-54.5, 2.1, -51.6, 5.8), (55.2, -21.4, 55.8, -20.9), (45.0, -13.0, 45.3, -12.6),
]  # fmt: skip
OUTLINES = {
    "contiguous_states": CONTIGUOUS,
    "alaska": ALASKA,
    "united_states": [*CONTIGUOUS, *ALASKA, (-160.0, 19.0, -155.0, 22.0)],
    "russia": RUSSIA,
    "canada": [(-140.0, 49.0, -95.0, 70.0), (-95.0, 43.0, -60.0, 60.0), (-95.0, 70.0, -65.0, 83.0)],
    "brazil": [(-73.0, -10.0, -48.0, 4.0), (-60.0, -33.0, -48.0, -10.0), (-48.0, -20.0, -35.0, -3.0)],
    "chile": [(-75.5, -55.5, -67.0, -45.0), (-74.0, -45.0, -70.5, -18.0), (-109.5, -27.2, -109.2, -27.0)],
    "kiribati": [(172.7, -2.7, 177.0, 3.4), (-172.3, -4.7, -170.7, -2.8), (-160.5, 1.7, -157.1, 4.8)],
    "norway": [(5.0, 58.0, 11.0, 63.0), (11.0, 63.0, 18.0, 69.0), (18.0, 68.5, 29.0, 71.0), (10.5, 76.5, 28.0, 80.5)],
    "portugal": [(-9.5, 36.9, -6.2, 42.2), (-31.3, 36.9, -25.0, 39.8), (-17.3, 32.6, -16.2, 33.2)],
    "france": FRANCE,
}
CORRECTED = {"contiguous_states", "alaska", "united_states", "russia", "canada", "brazil", "france"}
DRY = Scenario("dry", "", 1.0)
PAIRS = 40
VERTICES = 20


def _shapes(boxes: list[tuple[float, float, float, float]]) -> np.ndarray:
    return np.array([shapely.segmentize(shapely.box(*box), 0.5) for box in boxes], dtype=object)


def _pairs(boxes: list[tuple[float, float, float, float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places (n, 2) and others within 100 km, both on land, in degrees, and the geodesic between them."""
    random, found = np.random.default_rng(11), []
    for west, south, east, north in boxes:
        lon, lat = random.uniform(west, east, 5 * PAIRS), random.uniform(south, north, 5 * PAIRS)
        far_m = random.uniform(100.0, 100_000.0, 5 * PAIRS)
        to = EARTH.fwd(lon, lat, random.uniform(0, 360, 5 * PAIRS), far_m)
        within = (west <= to[0]) & (to[0] <= east) & (south <= to[1]) & (to[1] <= north)
        found.append(np.column_stack([lon, lat, to[0], to[1], far_m])[within][:PAIRS])
    table = np.concatenate(found)
    return table[:, :2], table[:, 2:4], table[:, 4]


def _metric(system: MetricSystem, degrees: np.ndarray) -> np.ndarray:
    return np.column_stack(system.to_metric(degrees[:, 0], degrees[:, 1]))


def _roads(system: MetricSystem, start: np.ndarray, end: np.ndarray) -> Roads:
    """A road along the geodesic from each start to its end."""
    ends = zip(start, end, strict=True)
    along = np.array([[one, *EARTH.npts(*one, *other, VERTICES), other] for one, other in ends])
    lines = shapely.linestrings(_metric(system, along.reshape(-1, 2)).reshape(along.shape))
    usual = {"class": "primary", "surface": "asphalt", "max_speed_kmh": np.nan, "oneway": ""}
    speeds = line_speeds(pd.DataFrame(usual, index=range(len(lines))), Travel())
    vertices = make_vertices([lines], speeds.is_ferry, system.scale)
    dry = np.zeros(len(vertices.x_m), dtype=bool)
    return Roads(vertices, speeds, dry, np.zeros((0, 2), dtype=np.int64), no_walks(0))


@pytest.mark.parametrize("name", OUTLINES)
def test_times_along_roads_and_in_straight_lines_are_those_of_geodesics(name: str) -> None:
    system, (start, end, far_m) = system_of(_shapes(OUTLINES[name])), _pairs(OUTLINES[name])
    roads = _roads(system, start, end)
    vertices, minutes = roads.vertices, step_minutes(roads, DRY, "drive", Travel())
    of_line = np.bincount(vertices.line, np.where(vertices.is_last, 0.0, minutes))
    assert of_line * roads.speeds.dry_kmh / 60 * 1000 == pytest.approx(far_m, rel=LIMIT)
    walks = walks_between(_metric(system, start), _metric(system, end), dry_level_ground(system.scale))
    assert walks.length_m == pytest.approx(far_m, rel=LIMIT)
    assert walks.effort_m == pytest.approx(far_m, rel=LIMIT)
    assert system.scale.lengths_m(_metric(system, start), _metric(system, end)) == pytest.approx(far_m, rel=LIMIT)


@pytest.mark.parametrize("name", OUTLINES)
def test_the_nearest_hub_in_a_straight_line_is_the_nearest_on_the_ellipsoid(name: str) -> None:
    system, (places, hubs, _) = system_of(_shapes(OUTLINES[name])), _pairs(OUTLINES[name])
    hubs, settings = hubs[::10], Travel()
    model = EuclideanModel(_metric(system, places), _metric(system, hubs), settings, system.scale)
    node = np.arange(len(places), len(places) + len(hubs))
    field = model.travel_times(DRY, "drive", False, node, np.zeros(len(hubs)))
    away_m = field.minutes[: len(places)] / 60 * settings.straight_line_kmh * 1000 / settings.detour_factor
    pairs = np.meshgrid(np.arange(len(places)), np.arange(len(hubs)), indexing="ij")
    geodesic_m = EARTH.inv(*places[pairs[0].ravel()].T, *hubs[pairs[1].ravel()].T)[2].reshape(pairs[0].shape)
    apart = system.part_of(*places.T)[:, None] != system.part_of(*hubs.T) if not system.is_whole else False
    nearest_m = np.where(apart, np.inf, geodesic_m).min(axis=1)
    assert away_m == pytest.approx(nearest_m, rel=LIMIT)


@pytest.mark.parametrize("name", OUTLINES)
def test_the_error_that_is_told_is_what_is_left(name: str) -> None:
    system, (start, end, far_m) = system_of(_shapes(OUTLINES[name])), _pairs(OUTLINES[name])
    from_m, to_m = _metric(system, start), _metric(system, end)
    assert system.scale.is_one == (name not in CORRECTED)
    assert (system.projection_error > LIMIT) == (name in CORRECTED)
    off = np.abs(system.scale.lengths_m(from_m, to_m) / far_m - 1).max()
    assert off < system.error + 5e-5
    assert system.error < (5e-5 if name in CORRECTED else LIMIT)


def test_a_projection_within_the_limit_is_not_corrected() -> None:
    shapes = _shapes([(102.3, 9.9, 107.7, 14.7)])
    system = measured_system("EPSG:32648", shapes)
    assert system.scale is UNSCALED
    assert system.parts == whole_system("EPSG:32648", system.error).parts


def test_a_stated_projection_of_a_wrong_scale_is_corrected() -> None:
    shapes = _shapes([(102.3, 9.9, 107.7, 14.7)])
    system = measured_system("EPSG:3857", shapes)
    assert system.projection_error > 0.03
    # Pseudo-Mercator takes the ellipsoid for a sphere: at 12 degrees north and east differ by 0.6 %, which is no scale.
    assert LIMIT < system.error < 0.01
    system = measured_system("EPSG:3395", shapes)
    assert system.projection_error > 0.03
    assert system.error < 1e-4
    lon, lat = np.array([104.0]), np.array([12.0])
    to = EARTH.fwd(lon, lat, np.array([45.0]), np.array([30_000.0]))
    ends = (np.column_stack(system.to_metric(*at)) for at in ((lon, lat), to[:2]))
    assert system.scale.lengths_m(*ends) == pytest.approx([30_000.0], rel=LIMIT)


def test_a_round_country_is_measured_in_its_middle_too() -> None:
    around = EARTH.fwd(np.full(90, 20.0), np.full(90, 50.0), np.arange(0, 360, 4.0), np.full(90, 700_000.0))
    system = system_of(np.array([shapely.Polygon(np.column_stack(around[:2]))], dtype=object))
    to = EARTH.fwd(np.array([20.0]), np.array([50.0]), np.array([30.0]), np.array([50_000.0]))
    ends = (np.column_stack(system.to_metric(*at)) for at in (([20.0], [50.0]), to[:2]))
    assert system.scale.lengths_m(*ends) == pytest.approx([50_000.0], rel=LIMIT)


def test_no_walk_is_longer_than_it_may_be() -> None:
    system = system_of(_shapes(CONTIGUOUS))
    lon, lat = np.full(2, -110.0), np.full(2, 48.5)
    to = EARTH.fwd(lon, lat, np.full(2, 70.0), np.array([1_999.0, 2_001.0]))
    points = Nodes(np.column_stack(system.to_metric(lon[:1], lat[:1])), np.zeros(1, dtype=np.int64))
    there = np.column_stack(system.to_metric(*to[:2]))
    walks = direct_walks(there, points, 2_000.0, dry_level_ground(system.scale))
    assert walks.point.tolist() == [0, -1]
    assert walks.walks.length_m[0] == pytest.approx(1_999.0, rel=1e-4)


def test_a_grid_of_cells_is_crossed_in_true_minutes() -> None:
    system = system_of(_shapes(CONTIGUOUS))
    x_m, y_m = (float(side[0]) for side in system.to_metric([-110.0], [48.5]))
    cells, cell_m = 81, 250.0
    flat = np.zeros((cells, cells))
    corner = x_m - cell_m / 2, y_m + cell_m / 2
    ground = dry_level_ground(system.scale)._replace(
        height_m=flat.astype(np.float32), is_water=flat > 0, is_flooded=flat > 0, west_m=corner[0], north_m=corner[1],
        cell_m=cell_m,
    )  # fmt: skip
    minutes = FrictionModel(ground, None, Travel()).travel_times(DRY, "walk", False, np.zeros(1), np.zeros(1)).minutes
    end = system.to_degrees([x_m + (cells - 1) * cell_m], [y_m])
    geodesic_m = EARTH.inv(-110.0, 48.5, float(end[0][0]), float(end[1][0]))[2]
    settings = Travel()
    kmh = settings.walk_kmh * settings.ground_factor
    assert minutes[cells - 1] * kmh / 60 * 1000 == pytest.approx(geodesic_m, rel=LIMIT)
