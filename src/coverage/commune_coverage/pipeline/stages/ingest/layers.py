"""Ingest stages: each layer read, checked and put in place; a layer that is not named is said to be missing."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from commune_coverage.config.layers import ExtentLayer, PointsLayer
from commune_coverage.core.files import write_table
from commune_coverage.pipeline.stages.indicators.zonal_sums import write_sums
from commune_coverage.pipeline.stages.report import StageResult, missing
from commune_coverage.readers.boundaries.communes import read_communes
from commune_coverage.readers.formats import raster as rasters
from commune_coverage.readers.formats.provenance import files_of, origin_of
from commune_coverage.readers.ground.grid import check_extent
from commune_coverage.readers.ground.roads import read_roads
from commune_coverage.readers.measured.challenges import read_challenges
from commune_coverage.readers.measured.fibre import read_fibre
from commune_coverage.readers.measured.speed_tests import read_speed_tests
from commune_coverage.readers.measured.subscriptions import read_subscriptions
from commune_coverage.readers.points.reader import read_points
from commune_coverage.readers.population.reader import format_of, read_people
from commune_coverage.readers.towers.reader import is_complete, read_towers
from commune_coverage.readers.towers.sites import site_table
from commune_coverage.runs.run import Run
from commune_coverage.travel.access.hub_tiers import with_tiers

Progress = Callable[[int, int], None]


def communes(run: Run, _: Progress) -> StageResult:
    table, logs = read_communes(run.country)
    write_table(run.stages_folder / "communes.parquet", table)
    facts = {"communes": len(table), "area_km2": float(table["area_km2"].sum())}
    return StageResult(logs, origin_of(run.country.layers.communes), facts=facts)


def people(run: Run, progress: Progress) -> StageResult:
    layer = run.country.layers.people
    if layer is None:
        return missing("people", "internet_gap", "delivery_gap", "payment_gap")
    done = _Counter(progress)
    communes, urban = run.stages_folder / "communes.parquet", run.country.urbanisation
    found, logs = read_people(layer, run.area, communes, run.stages_folder, run.engine, urban, done)
    write_sums(run.stages_folder / "people_sums.npz", {"people": found.by_commune})
    result = StageResult(logs, origin_of(layer))
    result.facts = {
        "read": found.read,
        "counted": found.counted,
        "outside": found.outside,
        "quarantined": found.quarantined,
    }
    if not found.pieces:
        reason = "the people layer counts nobody in the communes"
        result.unavailable = dict.fromkeys(("internet_gap", "delivery_gap", "payment_gap"), reason)
    kind = format_of(layer)
    if kind != "raster":
        result.assume("people", "people without an exact position", _SPREAD[kind], "", "this project")
    return result


_SPREAD = {
    "points": "stand at the point of their village; a commune's people are shared equally over its points",
    "polygons": "are spread evenly over their polygon",
    "table": "are spread evenly over their commune",
}


def towers(run: Run, _: Progress) -> StageResult:
    layer = run.country.layers.towers
    if layer is None:
        return missing("towers", "internet_gap")
    cells, logs = read_towers(run.country, run.area)
    sites = site_table(cells)
    sites = sites.assign(commune=run.area.commune_of(sites["lon"], sites["lat"]))
    _write_placed(run, "cells", cells, "cell_communes")
    write_table(run.stages_folder / "sites.parquet", sites)
    result = StageResult(logs, origin_of(layer), facts={"is_complete": is_complete(layer), "sites": len(sites)})
    result.facts["home_cells"] = int(cells["is_home"].sum())
    result.assume("internet", "cells of one site", f"{layer.site_radius_m:g}", "m apart at most", "this project")
    return result


def _write_placed(run: Run, name: str, table: pd.DataFrame, beside: str) -> None:
    """The table without the communes that its rows stand in, which stand beside it: boundaries change on their own."""
    of_boundaries = [column for column in ("commune", "is_inside") if column in table]
    write_table(run.stages_folder / f"{name}.parquet", table.drop(columns=of_boundaries))
    write_table(run.stages_folder / f"{beside}.parquet", table[of_boundaries])


def hubs(run: Run, _: Progress) -> StageResult:
    return _points(run, "hubs", "hub_communes", run.country.layers.hubs, "delivery_gap")


def payments(run: Run, _: Progress) -> StageResult:
    return _points(run, "payments", "payment_communes", run.country.layers.payments, "payment_gap")


def _points(run: Run, name: str, beside: str, layer: PointsLayer | None, *figures: str) -> StageResult:
    if layer is None:
        return missing(name, *figures)
    points, logs = read_points(name, layer, run.area)
    if name == "hubs":
        points = with_tiers(points, layer.tiers, run.country.parcels)
    _write_placed(run, name, points, beside)
    result = StageResult(logs, origin_of(layer), facts={"points": len(points)})
    if points.empty:
        result.unavailable = dict.fromkeys(figures, f"the {name} layer holds no point in the country")
    return result


def roads(run: Run, _: Progress) -> StageResult:
    layer = run.country.layers.roads
    if layer is None:
        return missing("roads", "road_minutes")
    lines, log = read_roads(layer, run.area)
    write_table(run.stages_folder / "roads.parquet", lines)
    return StageResult([log], origin_of(layer), facts={"length_km": float(lines.length.sum() / 1000)})


def speed_tests(run: Run, _: Progress) -> StageResult:
    layer = run.country.layers.speed_tests
    if layer is None:
        return missing("speed_tests", "measured_speed")
    tests, logs = read_speed_tests(layer, run.area)
    write_table(run.stages_folder / "speed_tests.parquet", tests)
    return StageResult(logs, origin_of(layer), facts={"tests": float(tests["tests"].sum())})


def fibre(run: Run, _: Progress) -> StageResult:
    layer = run.country.layers.fibre
    if layer is None:
        return missing("fibre", "fibre")
    features, logs = read_fibre(layer, run.area)
    write_table(run.stages_folder / "fibre.parquet", features)
    facts = {"working": int(features["is_operational"].sum()), "length_km": float(features.length.sum() / 1000)}
    return StageResult(logs, origin_of(layer), facts=facts)


def subscriptions(run: Run, _: Progress) -> StageResult:
    layer = run.country.layers.subscriptions
    if layer is None:
        return missing("subscriptions", "usage_gap")
    users, log = read_subscriptions(layer, run.area.communes)
    write_table(run.stages_folder / "subscriptions.parquet", users)
    return StageResult([log], origin_of(layer), facts={"users": float(users["users"].sum())})


def challenges(run: Run, _: Progress) -> StageResult:
    layer = run.country.layers.challenges
    if layer is None:
        return StageResult()
    listed, log = read_challenges(layer, run.area.communes)
    write_table(run.stages_folder / "challenges.parquet", listed)
    counts = {str(decision): int(count) for decision, count in listed["decision"].value_counts().items()}
    return StageResult([log], origin_of(layer), facts=counts)


class _Counter:
    """Turns 'one more done' into (done, total) with an unknown total."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.done = progress, 0

    def __call__(self) -> None:
        self.done += 1
        self.progress(self.done, 0)


def elevation(run: Run, _: Progress) -> StageResult:
    layer = run.country.layers.elevation
    if layer is None:
        return missing("elevation", "terrain")
    return StageResult([rasters.check_raster("elevation", layer)], origin_of(layer))


def water(run: Run, _: Progress) -> StageResult:
    return _extent(run, "water", run.country.layers.water)


def flood(run: Run, _: Progress) -> StageResult:
    return _extent(run, "flood", run.country.layers.flood)


def _extent(run: Run, name: str, layer: ExtentLayer | None) -> StageResult:
    return (
        missing(name, name) if layer is None else StageResult([check_extent(name, layer, run.area)], origin_of(layer))
    )


def friction(run: Run, _: Progress) -> StageResult:
    layer = run.country.layers.friction
    if layer is None:
        return missing("friction", "friction")
    return StageResult([rasters.check_raster("friction", ref) for _, ref in files_of(layer)], origin_of(layer))
