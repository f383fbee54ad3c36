"""The road graph against a grid over the same roads, heights and water of the invented country (docs/reach.md)."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.pipeline.stages.travel.network import build_roads
from commune_coverage.population.tables import read_places
from commune_coverage.readers.ground.grid import read_ground_grid
from commune_coverage.runs.run import start_run
from commune_coverage.synthetic.invented import write_country
from commune_coverage.travel.access.travel_times import collected_from, minutes_at_places, snap_stops
from commune_coverage.travel.routing.models import FrictionModel, RoadNetworkModel
from commune_coverage.travel.routing.snapping import Nodes, direct_walks
from commune_coverage.travel.scenarios import scenarios_of


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graph_and_raster")
    started = start_run(
        write_country(folder / "in", "default", 7), folder / "d", folder / "m", date(2026, 1, 31), "serial"
    )
    for stage in STAGES:
        if stage.name in ("communes", "people", "hubs", "roads"):
            run_stage(stage, started)
    return started


def _minutes(run, cell_m=None, level=False):
    """Minutes of every place to a pick-up in the dry season: by graph, or on a grid of ``cell_m``."""
    settings = run.country.travel
    dry = scenarios_of(settings, ("",))[0]
    places, hubs = read_places(run.stages_folder), pd.read_parquet(run.stages_folder / "hubs.parquet")
    position, points = places[["x_m", "y_m"]].to_numpy(), hubs[["x_m", "y_m"]].to_numpy()
    ground = read_ground_grid(run.country.layers, run.area, settings.wet.flood_below_m, cell_m, 20_000)
    if level:
        ground = ground._replace(height_m=ground.height_m * 0)
    roads = build_roads(run, ground)
    model = FrictionModel(ground, roads, settings) if cell_m else RoadNetworkModel(roads, ground, settings)
    if cell_m is None:
        node = model.snap(points).node
        model.stops[node[node >= 0]] = True
    stops = snap_stops(model, points, hubs["tier"].to_numpy(dtype=object))
    chosen = collected_from(stops)
    times = model.travel_times(dry, "drive", False, stops.snapped.node, stops.offset_min(dry, settings, chosen))
    snapped = model.snap(position)
    minutes = minutes_at_places(times.minutes, snapped.node, snapped.walks.minutes(dry, settings))
    if cell_m is None:
        direct = direct_walks(
            position, Nodes(points[chosen], np.flatnonzero(chosen)), settings.direct_walk_km * 1000, ground
        )
        minutes = np.minimum(minutes, direct.walks.minutes(dry, settings))
    return minutes, places["people"].to_numpy()


def _share(people, holds):
    return people[holds].sum() / people.sum()


def _differ(graph, raster, people):
    """Shares of people for whom the graph is longer, and the grid is, by more than a fifth of the shorter."""
    reached = np.isfinite(graph) & np.isfinite(raster)
    longer = reached & (graph > 1.2 * raster), reached & (raster > 1.2 * graph)
    return [_share(people, holds) for holds in longer]


def test_the_same_people_are_reached_and_the_bands_agree(run):
    graph, people = _minutes(run)
    raster, _ = _minutes(run, 100.0)
    assert (np.isfinite(graph) == np.isfinite(raster)).all()
    for band in (30, 60, 120):
        assert abs(_share(people, graph <= band) - _share(people, raster <= band)) < 0.015
    far = (graph >= 30) & (graph < 60)
    assert sum(_differ(graph[far], raster[far], people[far])) < 0.06
    assert sum(_differ(graph, raster, people)) < 0.4


@pytest.mark.long
def test_what_differs_is_the_width_of_a_cell_and_the_slope(run):
    graph, people = _minutes(run)
    by_cell = {cell_m: _differ(graph, _minutes(run, cell_m)[0], people) for cell_m in (100.0, 50.0)}
    assert by_cell[50.0][0] < 0.6 * by_cell[100.0][0]
    level = _differ(_minutes(run, level=True)[0], _minutes(run, 50.0, level=True)[0], people)
    assert level[1] < 0.25 * by_cell[50.0][1]
    assert sum(level) < 0.16
