"""The stage that times the same journeys over the friction surface of a layer, beside those over the roads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.travel import Travel
from commune_coverage.core.files import write_table
from commune_coverage.core.resources import clear_caches
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.medians import Medians, last_tiles
from commune_coverage.pipeline.stages.travel.network import MAX_CELLS, friction_cell_m, friction_given, method_of
from commune_coverage.pipeline.stages.travel.stage import hub_stops, points_of
from commune_coverage.pipeline.stages.travel.tiles import hub_travel_times
from commune_coverage.pipeline.stages.zonal_sums import commune_count
from commune_coverage.population.tables import has_places, read_shares, read_tile, tile_count, tile_rows
from commune_coverage.population.weights import PopulationWeights
from commune_coverage.readers.ground.grid import read_ground_grid
from commune_coverage.runs.run import Run
from commune_coverage.schema.travel_comparison import TRAVEL_COMPARISON
from commune_coverage.travel.access.travel_times import Stops, pickup_times
from commune_coverage.travel.off_road import Ground
from commune_coverage.travel.routing.friction import flat_cells
from commune_coverage.travel.routing.models import FrictionModel

Progress = Callable[[int, int], None]
Floats = npt.NDArray[np.float64]
_ROADS, _FRICTION = "minutes_by_roads_median", "minutes_by_friction_median"


def travel_comparison(run: Run, progress: Progress) -> StageResult:
    """Write ``travel_comparison``: medians by both methods, by commune and for the nation.

    Parameters
    ----------
    run : Run
        The run; nothing is written without roads, hubs, people or a friction layer.
    progress : callable
        Called with tiles done and all tiles.

    Returns
    -------
    StageResult
    """
    folder, hubs = run.stages_folder, points_of(run)["hubs"]
    has_both = run.country.layers.friction is not None and has_places(folder) and not hubs.empty
    if not has_both or method_of(run) != "roads":
        return StageResult()
    settings = run.country.travel
    ground = read_ground_grid(run.country.layers, run.area, settings.wet.flood_below_m, friction_cell_m(run), MAX_CELLS)
    clear_caches()
    model = FrictionModel(ground, None, settings, friction_given(run))
    found = _compared(run, ground, _minutes(model, hub_stops(model, hubs), settings), progress)
    write_table(folder / "travel_comparison.parquet", found)
    result, nation = StageResult(), found.iloc[0]
    medians = f"median {nation[_FRICTION]:.1f} min by it, {nation[_ROADS]:.1f} by roads"
    text = f"{medians}; correlation {nation['correlation']:.2f}"
    result.assume("delivery", "beside the friction surface", text, "", "friction layer")
    return result


def _minutes(model: FrictionModel, hubs: Stops, settings: Travel) -> Floats:
    """Minutes of every cell to the nearest pick-up, in the dry season."""
    fields = dict(pickup_times(model, hubs, settings))
    return np.asarray(fields["pickup_dry"].minutes, dtype=np.float64)


def _compared(run: Run, ground: Ground, minutes: Floats, progress: Progress) -> pd.DataFrame:
    folder, communes = run.stages_folder, commune_count(run.stages_folder)
    medians = Medians(last_tiles(folder, communes), {"roads": _ROADS, "friction": _FRICTION})
    moments, counts = np.zeros(6), np.zeros((3, communes))
    for tile, (first, last) in enumerate(tile_rows(folder)):
        position, shares = read_tile(folder, tile, ["x_m", "y_m"]).to_numpy(), read_shares(folder, tile)
        by_roads = hub_travel_times(run, tile, first, last, ("",))["pickup_dry"]
        by_friction = minutes[flat_cells(position, ground)]
        both = np.isfinite(by_roads) & np.isfinite(by_friction)
        values = {"roads": np.where(both, by_roads, np.nan), "friction": np.where(both, by_friction, np.nan)}
        medians.take(tile, shares, values)
        for row, is_it in enumerate((both, ~both & np.isfinite(by_roads), ~both & np.isfinite(by_friction))):
            counts[row] += shares.sum_where(is_it, communes)
        moments += _moments(by_roads, by_friction, both, shares)
        progress(tile + 1, tile_count(folder))
    return _table(run, medians, counts, _correlation(moments))


def _moments(x: Floats, y: Floats, both: npt.NDArray[np.bool_], shares: PopulationWeights) -> Floats:
    """People, and their sums of both minutes, squares and products."""
    kept = both[shares.place]
    people, x, y = shares.people[kept], x[shares.place[kept]], y[shares.place[kept]]
    parts = (np.ones(len(people)), x, y, x * x, y * y, x * y)
    return np.array([float(people @ part) for part in parts])


def _correlation(moments: Floats) -> float:
    if moments[0] <= 0:
        return float("nan")
    x, y, xx, yy, xy = moments[1:] / moments[0]
    spread = (xx - x * x) * (yy - y * y)
    return float((xy - x * y) / np.sqrt(spread)) if spread > 0 else float("nan")


def _table(run: Run, medians: Medians, counts: Floats, correlation: float) -> pd.DataFrame:
    codes = run.area.communes["commune_code"].astype(str).to_numpy()
    known = {name: medians.by_commune.get(name, np.full(len(codes), np.nan)) for name in (_ROADS, _FRICTION)}
    names = ("people", "roads_only_people", "friction_only_people")
    rows: dict[str, Any] = {"level": "commune", "commune_code": codes} | known | dict(zip(names, counts, strict=True))
    national = {"level": "nation", "commune_code": "", "correlation": correlation} | medians.national()
    national |= dict(zip(names, counts.sum(axis=1), strict=True))
    table = pd.concat([pd.DataFrame([national]), pd.DataFrame(rows)], ignore_index=True)
    table["friction_less_roads_minutes"] = table[_FRICTION] - table[_ROADS]
    return table[[name for name in TRAVEL_COMPARISON.names if name != "synthetic_layers"]]
