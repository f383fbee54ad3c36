"""What each hub or payment point would newly serve, from travel times between places and candidates."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from commune_coverage.config.country import Country
from commune_coverage.pipeline.stages.travel.artifacts import read_ground
from commune_coverage.pipeline.stages.travel.network import network_folder
from commune_coverage.pipeline.stages.travel.snapping import collectable
from commune_coverage.pipeline.stages.travel.stage import travel_time_model
from commune_coverage.pipeline.stages.travel.tiles import snapped_places
from commune_coverage.planning.demand import Places
from commune_coverage.planning.planned_network import write_built
from commune_coverage.planning.sandbox import POINT_STAGES, SimulationSandbox
from commune_coverage.planning.scenario.model import Scenario, Theme
from commune_coverage.population.tables import tile_rows
from commune_coverage.population.urbanisation import RURAL
from commune_coverage.runs.run import Run
from commune_coverage.travel.access.travel_times import snap_stops
from commune_coverage.travel.graph.vertices import NO_NODE
from commune_coverage.travel.off_road import Ground, dry_level_ground, walks_between
from commune_coverage.travel.routing.models import EuclideanModel, RoadNetworkModel, TravelTimeModel, straight_line_min
from commune_coverage.travel.routing.shortest_paths import HubTravelTimes, travel_times_within
from commune_coverage.travel.scenarios import Mode, scenarios_of
from commune_coverage.travel.scenarios import Scenario as Timing

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

BOUNDS = ("", "_low", "_high")


def served_by_points(
    sandbox: SimulationSandbox,
    country: Country,
    points: pd.DataFrame,
    places: Places,
    in_need: Mapping[Theme, Flags],
    scenario: Scenario,
) -> dict[str, csr_matrix]:
    """Compute whom each hub or payment point would serve.

    Parameters
    ----------
    sandbox : SimulationSandbox
        Where the pipeline runs.
    country : Country
        The country.
    points : DataFrame, J rows
        Candidates; all are put on the road network together, which changes no travel time between others.
    places : Places
        All places with people.
    in_need : mapping of theme to ndarray of bool, shape (places,)
        Places with people in need.
    scenario : Scenario
        Has the season.

    Returns
    -------
    dict of str to csr_matrix of float64, shape (J, places)
        By bound: '' as estimated, '_low' with slow travel, '_high' with fast travel.

    Notes
    -----
    Travel times are shortest paths (E. Dijkstra 1959) of the travel stages, by road or on foot.
    """
    every = write_built(country, points, scenario, sandbox.folder / "added" / "points")
    run = sandbox.run("points", every, POINT_STAGES)
    model = travel_time_model(run)
    reached: dict[str, csr_matrix] = {}
    for bound, slow in (("", ""), ("_low", "_high"), ("_high", "_low")):
        timing = next(one for one in scenarios_of(country.travel) if one.name == f"{scenario.season}{slow}")
        parts = []
        for theme, flags in in_need.items():
            rows = np.flatnonzero((points["kind"] == "agent") == (theme == "payment"))
            needy = np.flatnonzero(flags)
            if len(rows) and len(needy):
                sandbox.report("ways", len(reached), len(BOUNDS))
                parts.append(_served(run, model, timing, theme, points, rows, places, needy))
        pairs = np.concatenate([*parts, np.zeros((0, 2), dtype=np.int64)])
        matrix = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (len(points), len(places.people)))
        reached[bound] = csr_matrix(matrix.tocsr() > 0).astype(np.float64)
    sandbox.report("ways", len(BOUNDS), len(BOUNDS))
    return reached


def _served(
    run: Run,
    model: TravelTimeModel,
    timing: Timing,
    theme: str,
    points: pd.DataFrame,
    rows: Integers,
    places: Places,
    needy: Integers,
) -> Integers:
    """(candidate, place) of everybody in need whom a candidate is near enough to."""
    limits, position = run.country.thresholds, points[["x_m", "y_m"]].to_numpy()
    standing_m = _nearest_standing_m(run, theme, points, places)
    if theme == "delivery":
        minutes = _by_network(run, model, timing, "drive", position[rows], places, needy, limits.delivery_gap_min)
        parts = [
            minutes,
            _by_direct_walk(run, timing, position[rows], places, needy, limits.delivery_gap_min, standing_m),
        ]
    else:
        on_foot = _by_network(run, model, timing, "walk", position[rows], places, needy, limits.payment_walk_min)
        near = _by_direct_walk(run, timing, position[rows], places, needy, limits.payment_walk_min, standing_m)
        parts = [on_foot, near, _near(run, position[rows], places, needy)]
    pairs = np.concatenate(parts)
    return np.column_stack([rows[pairs[:, 0]], needy[pairs[:, 1]]])


def _nearest_standing_m(run: Run, theme: str, points: pd.DataFrame, places: Places) -> Floats:
    """Metres from each place to the nearest point of the theme that stands today."""
    table = collectable(run.stages_folder, "hubs" if theme == "delivery" else "payments")
    there = table[~table["point_id"].isin(points["candidate_id"])] if len(table) else table
    if not len(there):
        return np.full(len(places.people), np.inf)
    scale, standing = run.area.system.scale, there[["x_m", "y_m"]].to_numpy()
    away_m, nearest = cKDTree(standing).query(places.position)
    return np.asarray(away_m if scale.is_one else scale.lengths_m(places.position, standing[nearest]))


def _by_network(
    run: Run,
    model: TravelTimeModel,
    timing: Timing,
    mode: Mode,
    position: Floats,
    places: Places,
    needy: Integers,
    max_minutes: float,
) -> Integers:
    """(row of position, row of needy) of network routes of at most so many minutes."""
    settings = run.country.travel
    stops = snap_stops(model, position)
    if isinstance(model, RoadNetworkModel):
        snapped = [
            snapped_places(run, tile, first, last)[0] for tile, (first, last) in enumerate(tile_rows(run.stages_folder))
        ]
        node = np.concatenate([np.asarray(one.node, dtype=np.int64) for one in snapped])[needy]
        walk = np.concatenate([one.walks.minutes(timing, settings) for one in snapped])[needy]
        network = model.timed_network(timing, mode, False)
        offset = stops.offset_min(timing, settings)
        within = travel_times_within(network, stops.snapped.node, offset, node, walk, max_minutes)
        return np.concatenate([np.zeros((0, 2), dtype=np.int64), *(_within(some) for some in within)])
    if isinstance(model, EuclideanModel):
        kmh = (settings.straight_line_kmh if mode == "drive" else settings.walk_kmh) * timing.speed_factor
        reach_m = max_minutes / 60 * kmh * 1000 / settings.detour_factor
        pairs, away = _pairs(run, position, places.position[needy], reach_m)
        return pairs[straight_line_min(away, kmh, settings.detour_factor) <= max_minutes]
    parts = []
    for row, node in enumerate(stops.snapped.node):
        if node != NO_NODE:
            minutes = model.travel_times(timing, mode, False, np.array([node]), np.zeros(1), False).minutes
            hit = np.flatnonzero(minutes[model.snap(places.position[needy]).node] <= max_minutes)
            parts.append(np.column_stack([np.full(len(hit), row), hit]))
    return np.concatenate([*parts, np.zeros((0, 2), dtype=np.int64)])


def _within(some: HubTravelTimes) -> Integers:
    """(hub, place) of the routes that are short enough."""
    hub, place = np.nonzero(np.isfinite(some.minutes))
    return np.column_stack([some.hub[hub], some.place[place]]).astype(np.int64)


def _pairs(run: Run, position: Floats, others: Floats, within_m: float) -> tuple[Integers, Floats]:
    """(rows of both) that are within a distance, and the distance."""
    scale = run.area.system.scale
    reach_m = within_m / float(scale.true_per_m.min())
    tree = cKDTree(position).sparse_distance_matrix(cKDTree(others), reach_m, output_type="ndarray")
    pairs, away = np.column_stack([tree["i"], tree["j"]]).astype(np.int64), np.asarray(tree["v"], dtype=np.float64)
    if scale.is_one:
        return pairs, away
    away = scale.lengths_m(position[pairs[:, 0]], others[pairs[:, 1]])
    return pairs[away <= within_m], away[away <= within_m]


def _by_direct_walk(
    run: Run, timing: Timing, position: Floats, places: Places, needy: Integers, max_minutes: float, standing_m: Floats
) -> Integers:
    """(row of position, row of needy) of direct walks to the nearest of all points, standing ones included."""
    settings = run.country.travel
    pairs, away = _pairs(run, position, places.position[needy], settings.direct_walk_km * 1000)
    pairs = pairs[away <= standing_m[needy][pairs[:, 1]]]
    walks = walks_between(places.position[needy][pairs[:, 1]], position[pairs[:, 0]], _ground(run))
    return pairs[walks.minutes(timing, settings) <= max_minutes]


def _near(run: Run, position: Floats, places: Places, needy: Integers) -> Integers:
    """(row of position, row of needy) to whom cash would be near in a straight line."""
    limits = run.country.thresholds
    max_m = np.where(places.environment == RURAL, limits.payment_rural_km, limits.payment_urban_km) * 1000
    pairs, away = _pairs(run, position, places.position[needy], float(max_m.max(initial=0.0)))
    return pairs[away <= max_m[needy][pairs[:, 1]]]


def _ground(run: Run) -> Ground:
    source = network_folder(run) / "ground.npz"
    return read_ground(source) if source.is_file() else dry_level_ground()
