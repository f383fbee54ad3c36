"""Towers: every file of cells that a country names, deduplicated, placed in their communes and gathered into sites."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from commune_coverage.config.layers import TowersFile, TowersLayer
from commune_coverage.core.quarantine import RowLog
from commune_coverage.radio.antenna.sectors import patterns_table
from commune_coverage.readers.boundaries.study_area import OUTSIDE, StudyArea, split_by_area
from commune_coverage.readers.layer_spec import Assumption, ReadContext, ReadResult
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.towers.antenna_patterns import PatternFile, read_patterns
from commune_coverage.readers.towers.cells import STATED, is_register, read_cells
from commune_coverage.readers.towers.deduplicate import deduplicate_cells
from commune_coverage.readers.towers.operators import join_spellings
from commune_coverage.readers.towers.radio_file import load_positions
from commune_coverage.readers.towers.sectors import grid_azimuth_deg
from commune_coverage.readers.towers.stations.located import Located, locate_cells
from commune_coverage.readers.towers.stations.mast_count import count_masts
from commune_coverage.readers.towers.stations.sites import site_table
from commune_coverage.schema.inputs import SECTOR_COLUMNS

COLUMNS = ["lon", "lat", "technology", "operator", "is_home", "samples", "updated", *STATED, *SECTOR_COLUMNS, "commune"]


def read_towers(layer: TowersLayer, context: ReadContext) -> ReadResult:
    """Read mobile cells of all files, each once, and gather them into base stations, sites and masts.

    Cells within ``radio.max_range_km`` of the country are neighbours, others out of area. A crowd's cells stand at
    their mast (``located``); their ``commune`` is that of the reported position.

    Parameters
    ----------
    layer : TowersLayer
        OpenCelliD files and registers.
    context : ReadContext
        Its country names the operators and the longest range. Without an area the rows are checked, neither placed
        nor deduplicated by position.

    Returns
    -------
    ReadResult
        Table ``cells``: (cells,) with ``COLUMNS``, ``x_m`` and ``y_m`` (metres of the metric reference system),
        ``is_inside``, ``station`` (row of ``stations``, -1 in a register), ``site``, ``mast`` and ``position_sigma_m``
        (NaN in a register); ``commune`` is -1 for a neighbour. Table ``sites``: (sites,) as ``site_table`` has it.
        Table ``stations``: (base stations,) of the crowd's cells, as ``BaseStations.table``, with ``site``. Table
        ``antenna_patterns``: (patterns,) as ``patterns_table`` has it.

    Raises
    ------
    UnreadableFileError
        When a file is damaged.
    MissingColumnError
        When a file states no position or no technology.
    """
    patterns = read_patterns(layer.patterns)
    cells, logs = _read_cells(layer, context, patterns)
    if context.area is None:
        return ReadResult({"cells": cells}, logs)
    located = _located(cells, layer, context)
    for sentence in located.notes:
        logs[0].note(sentence)
    sites = site_table(located.cells)
    sites = sites.assign(commune=context.area.commune_of(sites["lon"], sites["lat"]))
    facts = {"is_complete": is_complete(layer), "sites": len(sites), "home_cells": int(cells["is_home"].sum())}
    masts = count_masts(located.sites, ((sites["commune"] != OUTSIDE) & sites["is_home"]).to_numpy(dtype=bool))
    facts |= {"masts": round(masts.estimate), "masts_low": round(masts.low), "masts_high": round(masts.high)}
    measured = patterns_table({name: file.pattern for name, file in patterns.items()})
    tables = {"cells": located.cells, "sites": sites, "stations": located.stations, "antenna_patterns": measured}
    return ReadResult(tables, logs, facts, assumptions=_assumptions(layer, facts))


def _assumptions(layer: TowersLayer, facts: dict[str, int]) -> list[Assumption]:
    radius = Assumption("internet", "cells of one site", f"{layer.site_radius_m:g}", "m apart at most", "this project")
    masts = f"{facts['masts']:,} ({facts['masts_low']:,} to {facts['masts_high']:,})"
    method = "numbers and positions of cells; Sutherland and Saunders 1992"
    return [radius, Assumption("internet", "masts in the country", masts, "masts", method)]


def _located(cells: pd.DataFrame, layer: TowersLayer, context: ReadContext) -> Located:
    area = context.area
    assert area is not None  # noqa: S101 - for the type checker
    positions = load_positions(context.country.radio.radios)
    located = locate_cells(cells, area.system, positions, layer.site_radius_m)
    kept = [*COLUMNS, "x_m", "y_m", "station", "site", "mast", "position_sigma_m"]
    rows = located.cells[kept].assign(is_inside=located.cells["commune"] != OUTSIDE)
    rows = rows.assign(grid_azimuth_deg=grid_azimuth_deg(rows, area))
    order = ["technology", "operator", "lon", "lat"]
    return located._replace(cells=rows.sort_values(order, kind="stable", ignore_index=True))


def _read_cells(
    layer: TowersLayer, context: ReadContext, patterns: Mapping[str, PatternFile]
) -> tuple[pd.DataFrame, list[RowLog]]:
    country, area, files = context.country, context.area, files_of_towers(layer)
    bounds, gains_dbi = None if area is None else area.bounds, {name: file.gain_dbi for name, file in patterns.items()}
    read = [read_cells(file, country, bounds, gains_dbi) for file in files]
    logs = [log for _, log in read]
    named = join_spellings([frame for frame, _ in read], logs, country)
    cells = [
        frame.assign(is_register=is_register(file), is_planned=file.planned)
        for file, frame in zip(files, named, strict=True)
    ]
    standing = [row for row, file in enumerate(files) if not file.planned]
    single = deduplicate_cells(
        [cells[row] for row in standing], [logs[row] for row in standing], area, layer.site_radius_m
    )
    for row, frame in zip(standing, single, strict=True):
        cells[row] = frame
    if area is None:
        for frame, log in zip(cells, logs, strict=True):
            log.kept = frame[LINE].nunique()
        return pd.concat(cells, ignore_index=True), logs
    reach_m = country.radio.max_range_km * 1000
    placed = [_placed(frame, area, reach_m, log) for frame, log in zip(cells, logs, strict=True)]
    return pd.concat(placed, ignore_index=True), logs


def _placed(cells: pd.DataFrame, area: StudyArea, reach_m: float, log: RowLog) -> pd.DataFrame:
    """The cells in reach with their commune; the log counts the rows of the file, of which one may be several cells."""
    if cells[LINE].is_unique:
        return split_by_area(cells, area, reach_m, log)
    rows = split_by_area(cells.drop_duplicates(LINE), area, reach_m, log)
    near = cells[cells[LINE].isin(rows[LINE])]
    return near.assign(commune=near[LINE].map(rows.set_index(LINE)["commune"]).to_numpy(np.int64))


def files_of_towers(layer: TowersLayer) -> list[TowersFile]:
    """List the layer's own file and those that it names under ``also``.

    Parameters
    ----------
    layer : TowersLayer
        The towers layer.

    Returns
    -------
    list of TowersFile
        The files.
    """
    return [layer, *layer.also]


def is_complete(layer: TowersLayer) -> bool:
    """Tell whether a place without cells in the files truly has none: so where one is a register, unless stated.

    Parameters
    ----------
    layer : TowersLayer
        The towers layer.

    Returns
    -------
    bool
        Whether the files are complete.
    """
    standing = [file for file in files_of_towers(layer) if not file.planned]
    return any(file.complete if file.complete is not None else is_register(file) for file in standing)
