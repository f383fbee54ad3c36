"""The travel times stage: minutes of every node to a pick-up, of a parcel and to cash, in both seasons."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from commune_coverage.config.travel import Travel
from commune_coverage.core.array_archives import read_fields, read_scale
from commune_coverage.core.files import read_table
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.travel.artifacts import read_ground, read_roads, write_travel_times
from commune_coverage.pipeline.stages.travel.network import method_of, network_folder
from commune_coverage.pipeline.stages.travel.service import read_service
from commune_coverage.population.tables import has_places, read_places
from commune_coverage.runs.run import Run
from commune_coverage.schema.themes import METHODS
from commune_coverage.travel.access.travel_times import (
    Stops,
    collected_from,
    origin_tier,
    parcel_times,
    payment_times,
    pickup_times,
    snap_stops,
)
from commune_coverage.travel.off_road import Ground
from commune_coverage.travel.routing.models import EuclideanModel, FrictionModel, RoadNetworkModel, TravelTimeModel
from commune_coverage.travel.scenarios import scenarios_of

_PROJECT = "this project, assumption"


def state_assumptions(result: StageResult, run: Run) -> None:
    """State the method, the speeds, the seasons and the parcels."""
    settings, method = run.country.travel, method_of(run)
    for theme in ("delivery", "payment"):
        result.assume(theme, "method", METHODS[method], "", "this project")
    if method == "straight":
        straight = f"{settings.straight_line_kmh:g} km/h over the straight line x {settings.detour_factor:g}"
        result.assume("delivery", "straight line, no roads at hand", straight, "", _PROJECT)
        return
    result.assume("delivery", "speed on roads", "by class, surface and stated limit", "", _PROJECT)
    level = f"{settings.walk_kmh * settings.ground_factor:g} km/h on level ground, slower by slope"
    result.assume("delivery", "where no road leads, on foot", level, "", "Tobler 1993")
    _seasons(result, run, settings)
    result.assume("delivery", "low and high", f"speeds {settings.speed_uncertainty:.0%} off", "", _PROJECT)
    unmapped = f"{settings.unmapped_road_kmh:g} km/h where no road is mapped"
    result.assume("delivery", "low: roads missing from the map", unmapped, "", _PROJECT)
    parcels = run.country.parcels
    result.assume("delivery", "parcels", f"{parcels.per_person_year:g}", "a person a year", _PROJECT)
    result.assume("delivery", "handling at the branch", f"{parcels.handling_min:g}", "min", _PROJECT)


def _seasons(result: StageResult, run: Run, settings: Travel) -> None:
    wet = settings.wet
    slower = f"x {wet.paved_factor:g} paved, x {wet.unpaved_factor:g} unpaved, x {wet.track_factor:g} on tracks"
    result.assume("delivery", "wet season", slower, "", _PROJECT)
    flood = run.country.layers.flood
    if flood is not None:
        result.assume("delivery", "flooded in the wet season", "as the flood layer says", "", flood.title)
    elif wet.flood_below_m is not None and run.country.layers.elevation is not None:
        result.assume("delivery", "flooded in the wet season", f"ground below {wet.flood_below_m:g}", "m", _PROJECT)
    else:
        result.assume("delivery", "flooded in the wet season", "nothing, for no layer says what is", "", _PROJECT)
    if wet.boats:
        boat = f"{settings.water.boat_kmh:g} km/h after {settings.water.boat_wait_min:g} min"
        result.assume("delivery", "over flooded ground by boat", boat, "", _PROJECT)


Progress = Callable[[int, int], None]


def travel_times(run: Run, progress: Progress) -> StageResult:
    """Write ``travel_times/hubs.npz`` and ``payments.npz``: minutes of every node by destination and scenario."""
    stages, result = run.stages_folder, StageResult()
    tables = points_of(run)
    if not has_places(stages) or all(table.empty for table in tables.values()):
        return result
    result.facts |= _write_all(run, tables, stages / "travel_times", progress)
    state_assumptions(result, run)
    return result


def _write_all(run: Run, tables: dict[str, pd.DataFrame], folder: Path, progress: Progress) -> dict[str, object]:
    """Write the travel times of the run's model; facts of the hubs."""
    model, settings = travel_time_model(run), run.country.travel
    hubs = None if tables["hubs"].empty else hub_stops(model, tables["hubs"])
    points = None if tables["payments"].empty else payment_stops(model, tables["payments"])
    if hubs is not None:
        parcels = parcel_times(model, hubs, settings, run.country.parcels)
        write_travel_times(folder / "hubs.npz", chain(pickup_times(model, hubs, settings), parcels))
    progress(1, 2)
    if points is not None:
        write_travel_times(folder / "payments.npz", payment_times(model, points, settings))
    progress(2, 2)
    return {} if hubs is None else _facts(hubs, tables["hubs"], run)


def points_of(run: Run) -> dict[str, pd.DataFrame]:
    """Read the hubs and payment points with who serves, each as a table, empty without the layer."""
    return {name: _points(run.stages_folder, name) for name in ("hubs", "payments")}


def hub_stops(model: TravelTimeModel, table: pd.DataFrame) -> Stops:
    """Bring the hubs to the network."""
    return _serving(snap_stops(model, _positions(table), table["tier"].to_numpy(dtype=object)), table)


def payment_stops(model: TravelTimeModel, table: pd.DataFrame) -> Stops:
    """Bring the payment points to the network."""
    return _serving(snap_stops(model, _positions(table)), table)


def _serving(stops: Stops, table: pd.DataFrame) -> Stops:
    return stops.serving(table["is_active"].to_numpy(dtype=bool), table["is_open"].to_numpy(dtype=bool))


def _points(stages: Path, name: str) -> pd.DataFrame:
    source = stages / f"{name}.parquet"
    return pd.concat([read_table(source), read_service(stages, name)], axis=1) if source.is_file() else pd.DataFrame()


def _positions(table: pd.DataFrame) -> np.ndarray:
    return table[["x_m", "y_m"]].to_numpy(dtype=np.float64)


def travel_time_model(run: Run) -> TravelTimeModel:
    """Set up the run's travel-time model, ready for the points of the tables."""
    method, folder, settings = method_of(run), network_folder(run), run.country.travel
    points = np.concatenate([_positions(table) for table in points_of(run).values() if not table.empty])
    if method == "straight":
        places = read_places(run.stages_folder, ["x_m", "y_m"]).to_numpy()
        return EuclideanModel(places, points, settings, read_scale(run.stages_folder / "scale.npz"))
    ground = read_ground(folder / "ground.npz")
    if method == "friction":
        return _friction_model(folder, ground, run)
    roads = read_roads(folder / "roads.npz")
    model = RoadNetworkModel(roads, ground, settings)
    node = model.snap(points).node
    model.stops[node[node >= 0]] = True
    return model


def _friction_model(folder: Path, ground: Ground, run: Run) -> FrictionModel:
    given = read_fields(folder / "friction.npz") if (folder / "friction.npz").is_file() else None
    roads = read_roads(folder / "roads.npz") if (folder / "roads.npz").is_file() else None
    return FrictionModel(ground, roads, run.country.travel, given)


def _facts(hubs: Stops, table: pd.DataFrame, run: Run) -> dict[str, object]:
    """Count the hubs of each tier, and list those that nobody can get to over land."""
    dry = scenarios_of(run.country.travel, ("",))[0]
    walk_min = hubs.snapped.walks.minutes(dry, run.country.travel)
    cut_off = ~np.isfinite(walk_min) | (hubs.snapped.node < 0)
    return {
        "hubs_by_tier": table["tier"].value_counts().sort_index().to_dict(),
        "parcels_from": origin_tier(hubs),
        "collected_from": int(collected_from(hubs).sum()),
        "hubs_cut_off": [str(name) for name in table.loc[cut_off, "point_id"]][:50],
    }
