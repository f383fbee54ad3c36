"""Sites that came, went or have other technologies, by operator and place: rows of a file tell a reader nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from commune_coverage.core.files import read_table
from commune_coverage.quality.diff import CHANGED, NEW, REMOVED

_COLUMNS = ["operator", "technologies", "x_m", "y_m", "position_sigma_m", "commune", "is_home"]
_SAME_M = 100.0
"""A site no farther from where one of its operator stood is that one."""
_SIGMAS, _FARTHEST_M = 2.0, 2_000.0
_NAMED = 20

Told = dict[str, dict[str, Any]]
Rows = npt.NDArray[np.int64]


def read_sites(stages: Path) -> pd.DataFrame | None:
    """The country's own sites of a run; None where its stages hold none.

    Parameters
    ----------
    stages : Path
        Folder of the run's stages.

    Returns
    -------
    DataFrame or None
    """
    source = stages / "sites.parquet"
    if not source.is_file():
        return None
    sites = pd.DataFrame(read_table(source, _COLUMNS))
    return sites[sites["is_home"].astype(bool)].reset_index(drop=True)


def site_changes(before: pd.DataFrame, after: pd.DataFrame, names: Mapping[int, str]) -> Told:
    """Tell the sites of two runs apart.

    Parameters
    ----------
    before, after : DataFrame, (sites,)
        As ``read_sites`` gives them, positions in one plane.
    names : mapping of int to str
        Name of each commune by its number.

    Returns
    -------
    dict of str to dict
        By status (new, removed, changed) ``count`` of sites and the first ``names``: operator, technologies, commune.

    Notes
    -----
    Of one operator the two nearest are one site, where they lie within 100 m or twice what the position of either may
    be off, 2 km at most; each site is so matched once, the nearest pairs first.
    """
    pairs = [pair for rows in _operators(before, after) for pair in _matched(before, after, *rows)]
    old, new = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    came, went = np.ones(len(after), dtype=bool), np.ones(len(before), dtype=bool)
    came[new], went[old] = False, False
    differs = before["technologies"].to_numpy()[old] != after["technologies"].to_numpy()[new]
    listed = {NEW: after[came], REMOVED: before[went], CHANGED: after.loc[np.sort(new[differs])]}
    return {
        status: {"count": len(sites), "names": _names(sites, names), "of": "sites"}
        for status, sites in listed.items()
        if len(sites)
    }


def _operators(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[tuple[Rows, Rows]]:
    for operator in sorted(set(before["operator"]) & set(after["operator"])):
        old, new = (np.flatnonzero(sites["operator"] == operator) for sites in (before, after))
        yield old, new


def _matched(before: pd.DataFrame, after: pd.DataFrame, old: Rows, new: Rows) -> list[tuple[int, int]]:
    """Rows of one operator that are one site."""
    (was, off_then), (now, off_now) = (_placed(before, old), _placed(after, new))
    near = cKDTree(was).sparse_distance_matrix(cKDTree(now), _FARTHEST_M, output_type="coo_matrix").tocoo()
    allowed = np.maximum(_SAME_M, _SIGMAS * np.maximum(off_then[near.row], off_now[near.col]))
    possible = near.data <= allowed
    rows, columns, distance = near.row[possible], near.col[possible], near.data[possible]
    taken_old, taken_new, pairs = set[int](), set[int](), []
    for place in np.lexsort((columns, rows, distance)).tolist():
        one, other = int(rows[place]), int(columns[place])
        if one not in taken_old and other not in taken_new:
            taken_old.add(one)
            taken_new.add(other)
            pairs.append((int(old[one]), int(new[other])))
    return pairs


def _placed(sites: pd.DataFrame, rows: Rows) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    own = sites.iloc[rows]
    return own[["x_m", "y_m"]].to_numpy(np.float64), own["position_sigma_m"].fillna(0.0).to_numpy(np.float64)


def _names(sites: pd.DataFrame, names: Mapping[int, str]) -> list[str]:
    shown = sites.head(_NAMED)
    rows = zip(shown["operator"], shown["technologies"], shown["commune"], strict=True)
    return [
        " ".join(part for part in (operator, technologies.upper(), names.get(int(commune), "")) if part)
        for operator, technologies, commune in rows
    ]
