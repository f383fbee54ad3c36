"""The same cell in several files: one row stays, that with the better evidence, with the measurements of all.

A register is better evidence than a crowd's file, more measurements are better than fewer, then the later sighting,
then the file named first. Cells are the same by their network identity, or where a crowd's cell stands within the
site radius of a register's cell of the same operator and technology.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.parsing.numbers import is_missing
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.towers.cells import CELL_KEY
from commune_coverage.readers.towers.technologies import whole_rows

Ints = npt.NDArray[np.int64]


def deduplicate_cells(
    files: list[pd.DataFrame], logs: list[RowLog], area: StudyArea | None, radius_m: float
) -> list[pd.DataFrame]:
    """Drop the cells that another file has with better evidence; they are quarantined with the other file and line.

    Parameters
    ----------
    files : list of DataFrame
        Cells of each file, with ``is_register``.
    logs : list of RowLog
        One for each file; changed in place.
    area : StudyArea or None
        None where positions are not compared.
    radius_m : float
        A crowd's cell within this distance of a register's is the same, metres.

    Returns
    -------
    list of DataFrame
        The files' cells, each cell once, with the most measurements that any file has.
    """
    if len(files) == 1:
        return files
    cells = pd.concat([frame.assign(file=i) for i, frame in enumerate(files)], ignore_index=True)
    order = ["is_register", "samples", "updated", "file"]
    ranked = cells.sort_values(order, ascending=[False, False, False, True], kind="stable").index.to_numpy()
    same_as = _by_identity(cells, ranked)
    if area is not None:
        same_as = _by_position(cells, same_as, area, radius_m)
    dropped = same_as >= 0
    measured = np.nan_to_num(cells["samples"].to_numpy(dtype=np.float64))
    most = measured.copy()
    np.maximum.at(most, same_as[dropped], measured[dropped])
    gained = most > measured
    cells.loc[gained, "samples"] = most[gained]
    _log_duplicates(cells, same_as, logs)
    single = cells[~dropped]
    return [single[single["file"] == i].drop(columns="file") for i in range(len(files))]


def _by_identity(cells: pd.DataFrame, ranked: Ints) -> Ints:
    """For each cell the row of the better one with the same network identity; -1 for none."""
    same_as = np.full(len(cells), -1, dtype=np.int64)
    if not set(CELL_KEY) <= set(cells.columns):
        return same_as
    known = ~np.logical_or.reduce([is_missing(cells[key]) for key in CELL_KEY])
    candidates = cells.loc[ranked[known[ranked]], CELL_KEY]
    number = candidates.groupby(CELL_KEY, sort=False).ngroup().to_numpy()
    rows = candidates.index.to_numpy()
    first = np.full(int(number.max(initial=-1)) + 1, -1, dtype=np.int64)
    first[number[::-1]] = rows[::-1]
    same_as[rows] = np.where(first[number] == rows, -1, first[number])
    return same_as


def _by_position(cells: pd.DataFrame, same_as: Ints, area: StudyArea, radius_m: float) -> Ints:
    """Return the same, also for a crowd's cell that stands at a register's cell of its operator and technology."""
    same_as = same_as.copy()
    x_m, y_m = area.to_metric(cells["lon"].to_numpy(), cells["lat"].to_numpy())
    at = np.column_stack([x_m, y_m])
    free = np.isfinite(at).all(axis=1) & (same_as < 0)
    for _, group in cells[free].groupby(["operator", "technology"]):
        in_register = group["is_register"].to_numpy(dtype=bool)
        owned, heard = group.index.to_numpy()[in_register], group.index.to_numpy()[~in_register]
        if len(owned) and len(heard):
            distance_m, nearest = cKDTree(at[owned]).query(at[heard])
            near = distance_m <= radius_m
            same_as[heard[near]] = owned[nearest[near]]
    return same_as


def _log_duplicates(cells: pd.DataFrame, same_as: Ints, logs: list[RowLog]) -> None:
    file, line = cells["file"].to_numpy(), cells[LINE].to_numpy()
    gone = same_as >= 0
    for i, log in enumerate(logs):
        of_file = file == i
        lost = whole_rows(line[of_file], gone[of_file])
        rows = np.flatnonzero(gone & of_file)
        rows = rows[~pd.Series(line[rows]).duplicated().to_numpy() & np.isin(line[rows], lost)]
        better = same_as[rows]
        shown = [f"{logs[f].file} line {n}" for f, n in zip(file[better].tolist(), line[better].tolist(), strict=True)]
        log.set_aside(line[rows], Reason.UNITED, shown)
        if len(rows):
            log.note(f"{len(rows):,} rows are also in another file with better evidence and are united with it")
