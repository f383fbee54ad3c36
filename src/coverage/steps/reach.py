"""The reach stage: minutes of every node to a pick-up, of a parcel and to cash, in both seasons."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from coverage.reach.ground import Ground
from coverage.reach.questions import (
    Stops,
    collected_from,
    make_stops,
    origin_tier,
    parcel_spreads,
    payment_spreads,
    pickup_spreads,
)
from coverage.reach.scenario import scenarios_of
from coverage.reach.ways import FrictionWays, RoadWays, StraightWays, Ways
from coverage.runs import Run
from coverage.steps.network_method import method_of, network_folder
from coverage.steps.reach_files import read_fields, read_ground, read_roads, write_spreads
from coverage.steps.reach_notes import state_assumptions
from coverage.steps.report import StageNotes
from coverage.store import has_places, read_places, read_table

Progress = Callable[[int, int], None]


def reach(run: Run, progress: Progress) -> StageNotes:
    """Write ``minutes/hubs.npz`` and ``payments.npz``: minutes of every node by question and scenario."""
    stages, notes = run.stages_folder, StageNotes()
    tables = points_of(run)
    if not has_places(stages) or all(table.empty for table in tables.values()):
        return notes
    notes.facts |= _answered(run, tables, stages / "minutes", progress)
    state_assumptions(notes, run)
    return notes


def _answered(run: Run, tables: dict[str, pd.DataFrame], folder: Path, progress: Progress) -> dict[str, object]:
    """Every question asked of the run's ways, the answers written; facts of the hubs."""
    ways, settings = ways_of(run), run.country.reach
    hubs = None if tables["hubs"].empty else hub_stops(ways, tables["hubs"])
    points = None if tables["payments"].empty else make_stops(ways, _positions(tables["payments"]))
    if hubs is not None:
        parcels = parcel_spreads(ways, hubs, settings, run.country.parcels)
        write_spreads(folder / "hubs.npz", chain(pickup_spreads(ways, hubs, settings), parcels))
    progress(1, 2)
    if points is not None:
        write_spreads(folder / "payments.npz", payment_spreads(ways, points, settings))
    progress(2, 2)
    return {} if hubs is None else _facts(hubs, tables["hubs"], run)


def points_of(run: Run) -> dict[str, pd.DataFrame]:
    """The hubs and payment points that there are, each as a table, empty without the layer."""
    return {name: _points(run.stages_folder, name) for name in ("hubs", "payments")}


def hub_stops(ways: Ways, table: pd.DataFrame) -> Stops:
    """The hubs on the network."""
    return make_stops(ways, _positions(table), table["tier"].to_numpy(dtype=object))


def _points(stages: Path, name: str) -> pd.DataFrame:
    source = stages / f"{name}.parquet"
    return read_table(source) if source.is_file() else pd.DataFrame()


def _positions(table: pd.DataFrame) -> np.ndarray:
    return table[["x_m", "y_m"]].to_numpy(dtype=np.float64)


def ways_of(run: Run) -> Ways:
    """The run's method of timing, ready for the points of the tables."""
    method, folder, settings = method_of(run), network_folder(run), run.country.reach
    points = np.concatenate([_positions(table) for table in points_of(run).values() if not table.empty])
    if method == "straight":
        places = read_places(run.stages_folder, ["x_m", "y_m"]).to_numpy()
        return StraightWays(places, points, settings)
    ground = read_ground(folder / "ground.npz")
    if method == "friction":
        return _friction_ways(folder, ground, run)
    roads = read_roads(folder / "roads.npz")
    ways = RoadWays(roads, ground, settings)
    node = ways.snap(points).node
    ways.stops[node[node >= 0]] = True
    return ways


def _friction_ways(folder: Path, ground: Ground, run: Run) -> FrictionWays:
    given = read_fields(folder / "friction.npz") if (folder / "friction.npz").is_file() else None
    roads = read_roads(folder / "roads.npz") if (folder / "roads.npz").is_file() else None
    return FrictionWays(ground, roads, run.country.reach, given)


def _facts(hubs: Stops, table: pd.DataFrame, run: Run) -> dict[str, object]:
    """How many hubs of each tier, where parcels set off, and hubs that nobody can get to over land."""
    dry = scenarios_of(run.country.reach, ("",))[0]
    cut_off = ~np.isfinite(hubs.offset_min(dry, run.country.reach)) | (hubs.snapped.node < 0)
    return {
        "hubs_by_tier": table["tier"].value_counts().sort_index().to_dict(),
        "parcels_from": origin_tier(hubs),
        "collected_from": int(collected_from(hubs).sum()),
        "hubs_cut_off": [str(name) for name in table.loc[cut_off, "point_id"]][:50],
    }
