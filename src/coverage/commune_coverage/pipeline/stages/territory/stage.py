"""The stage of coverage where nobody lives: land, roads and institutions under the network, by commune."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from commune_coverage.core.files import link_file, write_table
from commune_coverage.engine import map_items
from commune_coverage.pipeline.stage_result import StageResult
from commune_coverage.pipeline.stages.radio.artifacts import SignalFiles, has_other_offsets, operators_of
from commune_coverage.pipeline.stages.radio.incremental import (
    followed,
    network_diff,
    take_same_figures,
    take_same_servers,
)
from commune_coverage.pipeline.stages.radio.network import network_for
from commune_coverage.pipeline.stages.territory.spots import SpotFiles
from commune_coverage.pipeline.stages.territory.tile import KEY, WHOLE, Job, TileCoverage, cover_tile
from commune_coverage.population.tables import tile_file
from commune_coverage.radio.service.bit_flags import BUSY_OUTDOOR, SERVED, WHERE, covered_column
from commune_coverage.runs.run import Run
from commune_coverage.schema.inputs import TECHNOLOGIES

Progress = Callable[[int, int], None]


def territory(run: Run, progress: Progress) -> StageResult:
    """Write ``territory``: sums by commune under every flag of coverage, and each institution's flags.

    Parameters
    ----------
    run : Run
        The run; nothing is written where the country file does not ask for it, or without towers.
    progress : callable
        Called with tiles done and all tiles.

    Returns
    -------
    StageResult
    """
    settings, files = run.country.territory, _signal_files(run.stages_folder)
    if settings is None or not files.transmitters.is_file():
        return StageResult()
    before, way = followed(_signal_files(run.previous) if run.previous else None, files, run.country)
    try:
        covered = _cover(run, files, before, progress)
    finally:
        for folder in (tile_file(files.places_folder, 0).parent, files.changed_folder):
            shutil.rmtree(folder, ignore_errors=True)
    sums = pd.concat([each.sums for each in covered]).fillna(0.0).groupby(KEY, sort=True).sum().reset_index()
    write_table(run.stages_folder / "territory" / "sums.parquet", sums[[*KEY, WHOLE, *_rest(sums)]])
    known = pd.concat([each.institutions for each in covered]).sort_values("row").reset_index(drop=True)
    write_table(run.stages_folder / "territory" / "institutions.parquet", known)
    result = StageResult(compute_mode=way)
    result.assume(
        "internet", "coverage of land and roads", f"one spot in each {settings.spacing_m:g} m", "", "[territory]"
    )
    return result


def _rest(sums: pd.DataFrame) -> list[str]:
    return sorted(str(name) for name in sums.columns if name not in (*KEY, WHOLE))


def _signal_files(stages: Path) -> SignalFiles:
    return SignalFiles(stages, stages / "territory_signal")


def _cover(run: Run, files: SignalFiles, before: SignalFiles | None, progress: Progress) -> list[TileCoverage]:
    spots = SpotFiles(run.stages_folder)
    tiles, done = spots.tiles(), iter(range(1, 1 << 62))
    _take_same(run, files, before, [tile for tile in tiles if tile_file(spots.folder, tile).is_file()])
    flags = flags_counted(len(operators_of(run.stages_folder)), run.country.thresholds.high_speed_mbps)
    job = Job(files, before, run.country, tuple(flags))
    return map_items(
        partial(cover_tile, job), tiles, run.engine, lambda: progress(next(done), len(tiles)), reads=job.reads,
        writes=job.writes,
    )  # fmt: skip


def _take_same(run: Run, files: SignalFiles, before: SignalFiles | None, tiles: list[int]) -> None:
    """Link the spots to where their signal is computed, and the signal of tiles that no change reaches."""
    for tile in tiles:
        link_file(tile_file(SpotFiles(files.folder).folder, tile), tile_file(files.places_folder, tile))
    network = network_for(files, run.country)
    then = network_diff(before, network)
    to_serve = take_same_servers(files, then, network, tiles)
    if not has_other_offsets(before, files):
        take_same_figures(files, then, network, tiles, to_serve)


def flags_counted(operators: int, thresholds_mbps: list[float]) -> list[str]:
    """Name the flags of the signal table that hold for land, roads and institutions.

    Parameters
    ----------
    operators : int
        Number of operators.
    thresholds_mbps : list of float, Mbps
        Speeds.

    Returns
    -------
    list of str
        Coverage by environment, technology and operator, and the speeds of the busy hour outdoors.
    """
    who = (*range(operators), None)
    names = [covered_column(where, one, technology) for where in WHERE for technology in TECHNOLOGIES for one in who]
    return [*names, *(f"{SERVED[BUSY_OUTDOOR]}_{speed:g}" for speed in thresholds_mbps)]
